"""Making a child's clock run faster, by libfaketime where it is installed."""

import os
from collections.abc import Mapping
from pathlib import Path

PLACES = (
    "/usr/lib/*/faketime",  # Debian, Ubuntu
    "/usr/lib*/faketime",  # Fedora, Arch, Alpine
    "/usr/local/lib/faketime",
    "/opt/homebrew/lib/faketime",
)
NAMES = ("libfaketimeMT.so.1", "libfaketime.so.1", "libfaketimeMT.1.dylib", "libfaketime.1.dylib")
"""The variant for threads first."""
PRELOADS = {".1": "LD_PRELOAD", ".dylib": "DYLD_INSERT_LIBRARIES"}


def library() -> Path | None:
    """libfaketime, if it is on this machine."""
    places = [place for pattern in PLACES for place in sorted(Path("/").glob(pattern[1:]))]
    found = (place / name for name in NAMES for place in places)
    return next((path for path in found if path.is_file()), None)


def waits_on_locks(path: Path) -> bool:
    """Whether this libfaketime knows the call by which Python 3.11 and later wait for a lock with a timeout.

    Releases up to 0.9.12 do not: ``threading.Event().wait(10)`` then takes far longer than it should, while
    ``time.sleep``, sockets, select, asyncio, Node's timers and curl keep to the faster clock.
    """
    return b"sem_clockwait" in path.read_bytes()


def faketime_environment(env: Mapping[str, str], speed: float, path: Path) -> dict[str, str]:
    """An environment in which the clock runs ``speed`` times as fast."""
    preload = PRELOADS[path.suffix]
    return {
        **env,
        preload: os.pathsep.join(filter(None, (str(path), env.get(preload)))),
        "FAKETIME": f"+0 x{speed:g}",
        "FAKETIME_DONT_RESET": "1",  # a child's child goes on with the same clock
        "NO_FAKE_STAT": "1",  # the times of files stay what they are
    }
