"""Which API keys are let in, and what a key's world begins with.

``fs-invalid-...`` is refused; ``fs-broke-...`` has no points; ``fs-<plan>-...`` has that plan; any other key gets
the defaults. With a list of keys only those are let in, each with the plan and points that its line names.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from fakeseed.errors import UsageError
from fakeseed.model.money import MAX_POINTS
from fakeseed.model.plans import PLANS
from fakeseed.model.suggest import did_you_mean

_PREFIX = "fs-"
_WORDS = (*PLANS, "broke", "invalid")
"""What may stand after the prefix."""


class Grant(msgspec.Struct, frozen=True):
    """What a world begins with; None: the default."""

    plan: str | None = None
    points: int | None = None


NO_GRANT = Grant()


class Keys:
    """The keys that are let in."""

    def __init__(self, listed: Mapping[str, Grant] | None = None) -> None:
        self._listed = listed

    @property
    def restricted(self) -> bool:
        """Whether only listed keys are let in."""
        return self._listed is not None

    def admits(self, key: str) -> bool:
        """Whether a key is let in."""
        if self._listed is not None:
            return key in self._listed
        return not key.startswith("fs-invalid-")

    def grant(self, key: str) -> Grant:
        """What this key's world begins with."""
        if self._listed is not None:
            return self._listed.get(key, NO_GRANT)
        if key.startswith("fs-broke-"):
            return Grant(points=0)
        plan = key.removeprefix(_PREFIX).partition("-")[0] if key.startswith(_PREFIX) else ""
        return Grant(plan=plan if plan in PLANS else None)

    def note(self, key: str) -> str:
        """What the sender of a key should know: that it nearly names a plan, and gets the default one."""
        if self._listed is not None or not key.startswith(_PREFIX):
            return ""
        word = key.removeprefix(_PREFIX).partition("-")[0]
        near = "" if word in _WORDS else did_you_mean(word, _WORDS)
        return f"key fs-{word[:40]}-...: there is no plan {word[:40]!r}, the default one is used{near}" if near else ""


def keys_from_file(path: Path) -> Keys:
    """Read a list of keys: one a line as ``KEY [PLAN [POINTS]]``; ``#`` begins a comment.

    Raises UsageError naming the line when it cannot be read.
    """
    try:
        rows = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(f"cannot read the key file {path}: {problem}", "check the path given to --keys") from None
    return Keys(dict(_grants(path, rows)))


def _grants(path: Path, rows: Iterable[str]) -> Iterable[tuple[str, Grant]]:
    for number, row in enumerate(rows, 1):
        fields = row.partition("#")[0].split()
        if fields:
            yield fields[0], _grant(f"{path}, line {number}", fields[1:])


def _grant(where: str, fields: list[str]) -> Grant:
    plan, points = [*fields, "", ""][:2]
    if plan and plan not in PLANS:
        raise UsageError(f"{where}: unknown plan {plan!r}{did_you_mean(plan, PLANS)}", f"use one of {', '.join(PLANS)}")
    if len(fields) > 2 or (points and not _are_points(points)):
        raise UsageError(f"{where}: expected KEY [PLAN [POINTS]]", f"points are a whole number up to {MAX_POINTS}")
    return Grant(plan or None, int(points) if points else None)


def _are_points(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= MAX_POINTS
