"""Cases in which a judge is easily wrong, each many times: how often the verdict was right.

``python -m tests.benchmarks.judge_cases [--runs 20] [--busy]``; ``--busy`` keeps one core busy beside it. Exit 1 when
any verdict was wrong.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from tests.zoo import small_programs as programs
from tests.zoo.programs import busy_core

LIMIT = 200.0
ROOT = Path(__file__).parents[2]
ZOO_CLIENT = (str(ROOT / "tests" / "zoo" / "program.py"), "correct")
"""The correct client of the zoo, for Python."""


class Outcome(msgspec.Struct, frozen=True):
    """What one run of the judge came to; ``run`` is its only scenario, empty where nothing was run."""

    exit_code: int
    run: dict[str, Any]
    errors: str

    @property
    def broken(self) -> list[str]:
        """The rules that were broken, advice included."""
        return [verdict["rule"] for verdict in self.run.get("verdicts", ()) if verdict["outcome"] == "broken"]


class Case(msgspec.Struct, frozen=True):
    """A program (its source, or a command), the judge's options, and what is right."""

    program: str | tuple[str, ...]
    right: Callable[[Outcome], bool]
    options: tuple[str, ...] = ()
    runs: bool = True


def scenario(name: str) -> tuple[str, ...]:
    """The options for one scenario."""
    return "--scenario", name


def held(outcome: Outcome) -> bool:
    """It held, and nothing was said against it."""
    return outcome.exit_code == 0 and outcome.run["passed"] is True and not outcome.broken


def not_judged(outcome: Outcome) -> bool:
    """It could not be judged."""
    return outcome.exit_code == 2 and outcome.run["passed"] is None


PYTHON = (sys.executable,)
CASES = {
    "a calm world, httpx's 5 s": Case(programs.PLAIN, held),
    "Retry-After is ignored": Case(
        programs.IGNORES_RETRY_AFTER,
        lambda outcome: outcome.exit_code == 1 and "errors/retry-after-honoured" in outcome.broken,
        scenario("network/retry-after-not-heeded"),
    ),
    "ends without a request": Case(("true",), not_judged),
    "fails without a request": Case(("false",), not_judged),
    "wants another variable": Case("import sys; sys.exit('MY_PIAPI_URL is not set')", not_judged),
    "is not there": Case((*PYTHON, "nosuch.py"), not_judged),
    "only listens": Case((*PYTHON, "-m", "http.server", "0", "--bind", "127.0.0.1"), not_judged, ("--timeout", "4")),
    "a full library, waited for": Case(programs.WAITS_FOR_A_PLACE, held, scenario("quota/another-program-was-quicker")),
    "gives up after 100 minutes": Case(
        programs.GIVES_UP_AFTER_100_MINUTES,
        lambda outcome: outcome.run["ending"]["code"] == 1 and "polling/bounded" not in outcome.broken,
        scenario("lifecycle/stuck-for-ever"),
    ),
    "never gives up": Case(
        programs.NEVER_GIVES_UP,
        lambda outcome: outcome.exit_code == 1 and any("hangs" in text for text in outcome.run["complaints"]),
        scenario("billing/accept-then-hang"),
    ),
    "a misspelt option": Case(
        ("true",),
        lambda outcome: outcome.exit_code == 2 and "--scenario" in outcome.errors,
        ("--scenaro", "lifecycle"),
        runs=False,
    ),
    "trouble that never struck": Case(
        programs.PLAIN,
        lambda outcome: outcome.exit_code == 0 and outcome.run["struck"] is False,
        scenario("webhook/never"),
    ),
    **{
        f"the correct client, {name}": Case((*PYTHON, *ZOO_CLIENT), held, scenario(f"output/{name}"))
        for name in ("truncated", "torn-and-resumed", "range-ignored")
    },
}


def judge(case: Case, folder: Path) -> Outcome:
    """Judge a case's program once."""
    command: tuple[str, ...]
    if isinstance(case.program, str):
        (folder / "client.py").write_text(case.program)
        command = (*PYTHON, str(folder / "client.py"))
    else:
        command = case.program
    finished = subprocess.run(
        [sys.executable, "-m", "fakeseed", "judge", "--json", *case.options, "--", *command],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    (run,) = json.loads(finished.stdout) if case.runs else ({},)
    return Outcome(finished.returncode, run, finished.stderr)


def main() -> int:
    """Judge every case as often as asked, and print how often the verdict was right."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--busy", action="store_true")
    options = parser.parse_args()
    wrong = 0
    with busy_core(busy=options.busy), TemporaryDirectory() as folder:
        for name, case in CASES.items():
            outcomes = [judge(case, Path(folder)) for _ in range(options.runs)]
            mistaken = [outcome for outcome in outcomes if not case.right(outcome)]
            wrong += len(mistaken)
            print(f"{name:40} {options.runs - len(mistaken):3} of {options.runs} right", flush=True)
            for outcome in mistaken[:3]:
                ending = outcome.run.get("ending")
                print(f"    exit {outcome.exit_code}, {outcome.broken}, {ending}, {outcome.errors[-300:]}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
