"""Virtual time for this process: begin, and end."""

from __future__ import annotations

import atexit
import platform
import sys
from functools import partial
from typing import Any, Callable  # noqa: UP035 - the program's Python may be older than ours

from . import clocks, locks, waits
from .channel import Channel, ChannelError
from .replacing import Replacements
from .scheduler import Scheduler


class VirtualTime:
    """Everything that is replaced in this process, for as long as it lasts.

    ``everyone``: all threads take part; otherwise this one and those that it starts. Raises ChannelError.
    """

    def __init__(self, host: str, port: int, key: str, *, everyone: bool) -> None:
        runtime = f"{platform.python_implementation()} {'.'.join(map(str, sys.version_info[:2]))}"
        self._scheduler = Scheduler(partial(Channel, host, port, key), runtime, everyone=everyone)
        self._replacements = Replacements()
        if self._scheduler.active:
            self._begin()

    def _begin(self) -> None:
        scheduler, replacements = self._scheduler, self._replacements
        descriptors = waits.Waits(scheduler)
        clocks.replace_clocks(scheduler, replacements)
        waits.replace_select(descriptors, replacements)
        waits.replace_waitpid(descriptors, replacements)
        patches: dict[str, Callable[[Any], None]] = {
            "threading": partial(locks.replace_threading, scheduler, replacements),
            "queue": partial(locks.replace_queue, scheduler, replacements),
            "selectors": partial(waits.replace_selectors, descriptors, replacements),
            "socket": partial(waits.replace_socket, descriptors, replacements),
            "ssl": partial(waits.replace_ssl, descriptors, replacements),
            "subprocess": partial(waits.replace_subprocess, descriptors, replacements),
            "datetime": partial(clocks.replace_datetime, scheduler, replacements),
            "uvloop": partial(waits.replace_uvloop, replacements),
            "trio._core._run": partial(waits.replace_trio, replacements),
            "gevent": self._stop_for,
            "eventlet": self._stop_for,
        }
        if "time_machine" in sys.modules:
            del patches["datetime"]  # it reaches into the very methods
        replacements.whenever_imported(patches)
        atexit.register(scheduler.at_exit)  # the first to be registered is the last to be called

    def in_child(self) -> None:
        """This process was forked: it takes part for itself."""
        if self._scheduler.active:
            import _thread

            try:
                self._scheduler.begin(_thread.get_ident())
            except ChannelError:
                self._scheduler.active = False

    def _stop_for(self, module: Any) -> None:
        """A library has its own loop, whose waiting nobody can see: from now on time is real."""
        self._scheduler.stop(leave=True)

    def end(self) -> None:
        """Put everything back."""
        atexit.unregister(self._scheduler.at_exit)
        self._scheduler.stop(leave=True)
        self._replacements.undo()
