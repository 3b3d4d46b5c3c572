"""Clocks that tell the world's time: those of ``time`` and of ``datetime``."""

from __future__ import annotations

import gc
import time
from typing import Any

from .replacing import Replacements
from .scheduler import Scheduler

SECOND_NS = 1_000_000_000


def replace_clocks(scheduler: Scheduler, replacements: Replacements) -> None:
    """Let every clock of ``time`` that tells or measures time be the world's."""
    begin = scheduler.now_us * 1000
    worlds = {"time_ns": scheduler.time_ns}
    for name in ("monotonic_ns", "perf_counter_ns"):
        offset = getattr(time, name)() - begin
        worlds[name] = lambda offset=offset: scheduler.time_ns() + offset  # type: ignore[misc]
    for name, world in worlds.items():
        real = getattr(time, name)
        replacements.put(time, name, _clock(scheduler, world, real))
        seconds = name[: -len("_ns")]
        replacements.put(time, seconds, _clock(scheduler, _in_seconds(world), getattr(time, seconds)))
    _replace_sleep(scheduler, replacements)
    _replace_calendar(scheduler, replacements)
    _replace_clock_gettime(scheduler, replacements, worlds)


def _in_seconds(nanoseconds: Any) -> Any:
    return lambda: nanoseconds() / SECOND_NS


def _clock(scheduler: Scheduler, world: Any, real: Any) -> Any:
    def clock() -> Any:
        return real() if scheduler.current() is None else world()

    clock.__name__ = clock.__qualname__ = real.__name__
    return clock


def _replace_sleep(scheduler: Scheduler, replacements: Replacements) -> None:
    real = time.sleep

    def sleep(seconds: Any) -> None:
        if scheduler.current() is None or not isinstance(seconds, (int, float)) or not 0 <= seconds < float("inf"):
            real(seconds)
        else:
            scheduler.sleep(seconds)

    replacements.put(time, "sleep", sleep)


def _replace_calendar(scheduler: Scheduler, replacements: Replacements) -> None:
    """Functions that take a moment, and take now when none is given."""
    for name in ("localtime", "gmtime", "ctime"):
        replacements.put(time, name, _of_moment(scheduler, getattr(time, name), time.time))
    localtime = time.localtime
    asctime, strftime = time.asctime, time.strftime

    def world_asctime(*moment: Any) -> str:
        return asctime(*(moment or (localtime(),)))

    def world_strftime(pattern: str, *moment: Any) -> str:
        return strftime(pattern, *(moment or (localtime(),)))

    replacements.put(time, "asctime", world_asctime)
    replacements.put(time, "strftime", world_strftime)


def _of_moment(scheduler: Scheduler, real: Any, now: Any) -> Any:
    def told(seconds: Any = None) -> Any:
        return real(now() if seconds is None and scheduler.current() is not None else seconds)

    told.__name__ = told.__qualname__ = real.__name__
    return told


def _replace_clock_gettime(scheduler: Scheduler, replacements: Replacements, worlds: dict[str, Any]) -> None:
    if not hasattr(time, "clock_gettime"):
        return
    clocks = {time.CLOCK_REALTIME: worlds["time_ns"], time.CLOCK_MONOTONIC: worlds["monotonic_ns"]}
    nanoseconds, seconds = time.clock_gettime_ns, time.clock_gettime

    def clock_gettime_ns(clock: int) -> int:
        world = clocks.get(clock) if scheduler.current() is not None else None
        return nanoseconds(clock) if world is None else world()

    def clock_gettime(clock: int) -> float:
        return clock_gettime_ns(clock) / SECOND_NS if clock in clocks else seconds(clock)

    replacements.put(time, "clock_gettime_ns", clock_gettime_ns)
    replacements.put(time, "clock_gettime", clock_gettime)


def replace_datetime(scheduler: Scheduler, replacements: Replacements, module: Any) -> None:
    """Let ``datetime.now`` and ``datetime.utcnow`` tell the world's time.

    The class itself stays, as others compare and subclass it: its methods are replaced where the interpreter keeps
    them. ``today`` asks ``time.time``, here and in ``date``.
    """
    if type(module.datetime).__module__ != "builtins" or module.datetime.__module__ != "datetime":
        return  # somebody else's class, freezegun's for instance: its time is meant
    try:
        import ctypes

        methods = gc.get_referents(module.datetime.__dict__)[0]
        now, utcnow = methods["now"], methods["utcnow"]
        modified = ctypes.pythonapi.PyType_Modified
    except (ImportError, AttributeError, IndexError, KeyError):
        return  # another interpreter than CPython
    datetime_class, utc = module.datetime, module.timezone.utc

    def world_now(cls: Any, tz: Any = None) -> Any:
        if scheduler.current() is None:
            return now.__get__(None, cls)(tz)
        return cls.fromtimestamp(scheduler.time_ns() // 1000 / 1e6, tz)

    def world_utcnow(cls: Any) -> Any:
        if scheduler.current() is None:
            return utcnow.__get__(None, cls)()
        return world_now(cls, utc).replace(tzinfo=None)

    def put(first: Any, second: Any) -> None:
        methods["now"], methods["utcnow"] = first, second
        modified(ctypes.py_object(datetime_class))

    put(classmethod(world_now), classmethod(world_utcnow))
    replacements.later(lambda: put(now, utcnow))
