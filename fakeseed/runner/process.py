"""A child process from its start to its end, and how it ended."""

import errno
import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Literal

import msgspec

from fakeseed.runner.environment import virtual_time_environment
from fakeseed.runner.faketime import faketime_environment, library
from fakeseed.world.clock import system_time

LENGTH = 10
"""Digits before an order that say how long it is; the keeper's own number."""
SUPERVISOR = Path(__file__).with_name("supervisor.py")
GRACE_SECONDS = 2.0
"""How long a child may take over SIGTERM or Ctrl-C before it is killed."""
READ = 1 << 16

How = Literal["exited", "killed", "timed out", "not started"]


class ProcessResult(msgspec.Struct, frozen=True):
    """How a child ended.

    ``code`` is its exit code, None when a signal ended it; ``signal`` is that signal's name, or why it did not start.
    ``cut`` says that it wrote more than was kept; ``stragglers`` counts the processes that it left running, which were
    ended; ``faketime`` says whether its clock was sped.
    """

    how: How
    code: int | None
    signal: str
    seconds: float
    stdout: bytes
    stderr: bytes
    cut: bool
    stragglers: int
    faketime: bool

    @property
    def exit_code(self) -> int:
        """As a shell tells it: the code, 128 and the signal's number, 124 for a timeout, 127 or 126 for no start."""
        if self.how == "not started":
            return 127 if self.signal == "ENOENT" else 126
        if self.how == "timed out":
            return 124
        return 128 + signal.Signals[self.signal].value if self.code is None else self.code


def run_child(
    command: Sequence[str],
    env: Mapping[str, str],
    *,
    seconds: float,
    output_limit: int = 1 << 20,
    speed: float = 1.0,
    virtual_time: Mapping[str, object] | None = None,
    stop: int | None = None,
) -> ProcessResult:
    """Run a command to its end, in a session of its own and with no input; ``env`` is its whole environment.

    After ``seconds``, or when the descriptor ``stop`` becomes readable, it gets SIGTERM, then SIGKILL, and so does all
    that it started. Of each output the first ``output_limit`` bytes are kept. It ends with this call, even when that is
    interrupted. ``virtual_time`` is what the preload needs by which its waiting moves its world's clock.
    """
    if virtual_time is not None:
        env = virtual_time_environment(env, virtual_time)
    return _run(command, env, seconds, output_limit, speed, subprocess.PIPE, stop)


def run_through(
    command: Sequence[str],
    env: Mapping[str, str],
    *,
    seconds: float | None = None,
    speed: float = 1.0,
    virtual_time: Mapping[str, object] | None = None,
) -> ProcessResult:
    """As ``run_child``, its output going straight to ours. Ctrl-C goes on to the child, which ends in its own way."""
    if virtual_time is not None:
        env = virtual_time_environment(env, virtual_time)
    return _run(command, env, seconds, 0, speed, None)


def _run(
    command: Sequence[str],
    env: Mapping[str, str],
    seconds: float | None,
    limit: int,
    speed: float,
    output: int | None,
    stop: int | None = None,
) -> ProcessResult:
    faster = library() if speed != 1 else None
    order: dict[str, object] = {
        "command": list(command),
        "env": faketime_environment(env, speed, faster) if faster else dict(env),
        "seconds": seconds,
        "grace": GRACE_SECONDS,
    }
    begun = system_time()
    with _kept(order, output) as kept:
        kept.watch(limit, stop, patient=output is None)
    taken = (system_time() - begun) / 1e9
    return kept.ended(taken, faketime=faster is not None)


@contextmanager
def _kept(order: dict[str, object], output: int | None) -> Iterator["_Kept"]:
    """A keeper with its child; both are gone at the end."""
    news, telling = os.pipe()
    with os.fdopen(news, "rb") as listening:
        try:
            keeper = subprocess.Popen(  # noqa: S603 - to run a program is the purpose
                [sys.executable, "-I", "-S", SUPERVISOR, str(telling)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                pass_fds=(telling,),
                start_new_session=True,
            )
        finally:
            os.close(telling)
        with keeper:
            kept = _Kept(keeper, listening)
            try:
                # Commands and environments go by a pipe: they may hold keys, and a list of processes shows arguments.
                asked = json.dumps(order).encode()
                kept.say(b"%0*d%b" % (LENGTH, len(asked), asked))
                yield kept
            finally:
                kept.let_go()


class _Kept:
    """A keeper, what it tells, and the child's output."""

    def __init__(self, keeper: "subprocess.Popen[bytes]", news: IO[bytes]) -> None:
        self._keeper = keeper
        self._news = news
        self._told = b""
        self._output = {keeper.stdout: bytearray(), keeper.stderr: bytearray()}
        self._cut = False

    def say(self, order: bytes) -> None:
        """Tell the keeper something, if it is still there."""
        assert self._keeper.stdin is not None
        try:
            self._keeper.stdin.write(order)
            self._keeper.stdin.flush()
        except BrokenPipeError:
            pass

    def let_go(self) -> None:
        """Let the keeper end what is left of the child: its input ends."""
        assert self._keeper.stdin is not None
        with suppress(BrokenPipeError):
            self._keeper.stdin.close()
        try:
            self._keeper.wait()
        except KeyboardInterrupt:  # in a hurry
            self._keeper.terminate()
            self._keeper.wait()
            raise
        if "started" in self.told and "ended" not in self.told:  # the keeper was killed, and what it kept lives
            with suppress(OSError):
                os.killpg(int(self.told["started"][0]), signal.SIGKILL)

    @property
    def told(self) -> dict[str, list[str]]:
        """The news so far: its first word -> the rest."""
        return {words[0]: words[1:] for words in map(str.split, self._told.decode().splitlines())}

    def watch(self, limit: int, stop: int | None, *, patient: bool) -> None:
        """Take in output and news until the end. ``patient``: Ctrl-C is the child's, and ours only with the second."""
        with selectors.DefaultSelector() as selector:
            for pipe in (self._news, self._keeper.stdout, self._keeper.stderr):
                if pipe is not None:
                    os.set_blocking(pipe.fileno(), False)
                    selector.register(pipe, selectors.EVENT_READ)
            if stop is not None:
                selector.register(stop, selectors.EVENT_READ)
            orders = [signal.SIGINT, signal.SIGKILL] if patient else []
            while self._news in {key.fileobj for key in selector.get_map().values()}:
                try:
                    self._take(selector, limit)
                except KeyboardInterrupt:
                    if not orders:
                        raise
                    self.say(bytes([orders.pop(0)]))
            if stop is not None and stop in selector.get_map():
                selector.unregister(stop)
            while selector.get_map() and self._take(selector, limit, timeout=0):
                pass  # what was written before the end is in the pipes still

    def _take(self, selector: selectors.BaseSelector, limit: int, timeout: float | None = None) -> bool:
        """Read what has come; whether anything had."""
        ready = selector.select(timeout)
        for key, _ in ready:
            if isinstance(key.fileobj, int):
                selector.unregister(key.fileobj)
                self.say(bytes([signal.SIGTERM]))
                continue
            pipe: IO[bytes] = key.fileobj  # type: ignore[assignment]
            data = os.read(pipe.fileno(), READ)
            if not data:
                selector.unregister(pipe)
            elif pipe is self._news:
                self._told += data
            else:
                self._keep(pipe, data, limit)
        return bool(ready)

    def _keep(self, pipe: IO[bytes], data: bytes, limit: int) -> None:
        kept = self._output[pipe]
        room = limit - len(kept)
        kept += data[:room]
        self._cut = self._cut or len(data) > room

    def ended(self, seconds: float, *, faketime: bool) -> ProcessResult:
        """What came of it."""
        told = self.told
        how, code, cause = _judged(told)
        output, errors = (bytes(self._output[pipe]) for pipe in (self._keeper.stdout, self._keeper.stderr))
        stragglers = int(told["ended"][1]) if "ended" in told else 0
        return ProcessResult(how, code, cause, seconds, output, errors, self._cut, stragglers, faketime)


def _judged(told: Mapping[str, Sequence[str]]) -> tuple[How, int | None, str]:
    """How it ended, the exit code, and the signal or what stood against the start."""
    if "failed" in told:
        return "not started", None, errno.errorcode.get(int(told["failed"][0]), "?")
    if "ended" not in told:
        return "killed", None, "SIGKILL"  # and its keeper with it
    status, _, timed_out = map(int, told["ended"])
    by_signal = os.WIFSIGNALED(status)
    code = None if by_signal else os.waitstatus_to_exitcode(status)
    name = _name(os.WTERMSIG(status)) if by_signal else ""
    return "timed out" if timed_out else "killed" if by_signal else "exited", code, name


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"
