"""The kill table as processes: every rule's broken client, and the correct one in the same world, as Python programs.

``python -m tests.benchmarks.judge_kills [RULE ...]``. Exit 1 unless each is accused of just its fault.
"""

import os
import sys
from pathlib import Path

from fakeseed.judge.client_run import ClientRun
from fakeseed.judge.run import RunOptions, try_all
from fakeseed.runner.process import run_child
from fakeseed.scenario.parse import read_setup
from fakeseed.scenario.schema_types import Scenario
from tests.zoo.broken import CASES
from tests.zoo.table import Kill, lines

PROGRAM = str(Path(__file__).parents[1] / "zoo" / "program.py")
REAL_SECONDS = 120.0


def judged(name: str, rule: str) -> ClientRun:
    """A client of the zoo as a program, in the world that shows a rule."""
    setup = read_setup(CASES[rule][2])
    scenario = Scenario(
        setup.world, setup.faults, setup.timeline, title=rule, about=rule, client="", source="tests/zoo/broken.py"
    )
    options = RunOptions((sys.executable, PROGRAM, name, rule), dict(os.environ), seconds=REAL_SECONDS)
    (run,) = try_all(options, {rule: scenario}, run_child)
    return run


def accused(run: ClientRun) -> list[str]:
    """The rules that were broken."""
    return [verdict.rule for verdict in run.judgement.broken]


def killed(rule: str) -> Kill:
    """One row of the table."""
    kind = CASES[rule][0]
    broken, correct = judged(kind.__name__, rule), judged("correct", rule)
    held = correct.judgement[rule].outcome == "held"
    return Kill(rule, kind.__name__, accused(broken), accused(correct) + correct.complaints, held)


def main(rules: list[str]) -> int:
    """Print the table."""
    kills = []
    for rule in rules or CASES:
        kills.append(killed(rule))
        print(next(lines(kills[-1:])), flush=True)
    print([*lines(kills)][-1])
    return 0 if all(kill.good for kill in kills) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
