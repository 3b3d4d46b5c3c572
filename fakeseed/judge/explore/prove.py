"""Proof of a fix: a kept finding breaks the client as it was, not as it is now, and nothing else changed."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from fakeseed import __version__
from fakeseed.errors import UsageError
from fakeseed.judge.client_run import CALM, ClientRun
from fakeseed.judge.registry import known_rules
from fakeseed.judge.run import RunOptions, RunProcess, try_all
from fakeseed.scenario.find import read_named
from fakeseed.scenario.schema_types import Scenario


class Side(msgspec.Struct, frozen=True):
    """One version of the client: in the world of the finding, and where nothing goes wrong."""

    command: tuple[str, ...]
    found: ClientRun
    calm: ClientRun

    @property
    def rules(self) -> frozenset[str]:
        """What it breaks in the world of the finding."""
        return _rules(self.found)


class Proof(msgspec.Struct, frozen=True):
    """A finding and both versions; ``before`` is None where the file's own record stands for it."""

    file: Path
    digest: str
    recorded: frozenset[str]
    before: Side | None
    after: Side

    @property
    def objections(self) -> list[str]:
        """Why it is no proof; empty when it is one."""
        objections: list[str] = []
        if self.before is not None and self.before.found.result != "broken":
            objections.append(f"the client before is not broken by it: {self.before.found.result}")
        if self.after.found.result != "held":
            objections.append(f"the client after does not hold: {_reason(self.after.found)}")
        elif self.after.found.struck is False:
            objections.append("the trouble never struck the client after, so it was not put to the test")
        if self.after.calm.result != "held":
            objections.append(f"the client after does not hold where nothing goes wrong: {_reason(self.after.calm)}")
        changed = self.after.rules - (self.before.rules if self.before else self.recorded)
        if changed:
            objections.append(f"the client after breaks what it did not break before: {', '.join(sorted(changed))}")
        return objections

    @property
    def proven(self) -> bool:
        """Whether it flipped, and nothing else changed."""
        return not self.objections

    def receipt(self) -> dict[str, Any]:
        """For a file: what was run, and what came of it."""
        return {
            "proven": self.proven,
            "objections": self.objections,
            "finding": {"file": self.file.name, "sha256": self.digest, "rules": sorted(self.recorded)},
            "before": _side_view(self.before) if self.before else "as recorded in the file",
            "after": _side_view(self.after),
            "fakeseed": __version__,
        }

    def sentence(self) -> str:
        """One line of Markdown, for a pull request."""
        rules = ", ".join(f"`{rule}`" for rule in sorted(self.before.rules if self.before else self.recorded))
        if self.proven:
            return f"**Proven fixed** by fakeseed {__version__}: {self.file.name} ({rules}): broken before, held after."
        return f"**Not proven** by fakeseed {__version__}: {self.file.name}: {'; '.join(self.objections)}."


def prove(
    file: Path, before: tuple[str, ...], after: RunOptions, run: RunProcess, *, jobs: int = 1, faketime: bool = False
) -> Proof:
    """Run both versions in the world of a finding and in a calm one.

    ``before`` is the command of the client as it was; empty where the file's own record of what broke stands for it.
    Raises UsageError for a file that is no finding, StartError.
    """
    scenario = read_named(str(file), paths=True)
    recorded = frozenset(name for name in known_rules() if name in scenario.about)
    if not before and not recorded:
        raise UsageError(f"{file} names no rule that broke", "give the client as it was: --before 'COMMAND'")
    sides = [
        _side(scenario, msgspec.structs.replace(after, command=command), run, jobs, faketime=faketime)
        for command in (before, after.command)
        if command
    ]
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return Proof(file, digest, recorded, sides[0] if before else None, sides[-1])


def _side(scenario: Scenario, options: RunOptions, run: RunProcess, jobs: int, *, faketime: bool) -> Side:
    found, calm = try_all(options, {"finding": scenario, CALM: None}, run, jobs=jobs, faketime=faketime)
    return Side(options.command, found, calm)


def _rules(run: ClientRun) -> frozenset[str]:
    return frozenset(verdict.rule for verdict in run.judgement.fails(run.fail_on))


def _reason(run: ClientRun) -> str:
    return run.unjudged or "; ".join([*run.complaints, *sorted(_rules(run))])


def _side_view(side: Side) -> dict[str, Any]:
    return {
        "command": side.command,
        "finding": side.found.result,
        "rules": sorted(side.rules),
        "struck": side.found.struck,
        "calm": side.calm.result,
    }
