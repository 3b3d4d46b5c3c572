"""Running several scenarios, each once or twice, and what came of it as JUnit and JSON."""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from fakeseed.errors import FakeseedError
from fakeseed.junit import TestCase, TestSuite, junit_xml
from fakeseed.scenario.schema_types import Scenario
from fakeseed.scenario_runner.play import Result, emulator_under_scenario, play
from fakeseed.world.clock import SystemTime

Tell = Callable[[Result], None]


def run(
    scenarios: Mapping[str, Scenario], system_time: SystemTime, tell: Tell = lambda _: None, *, twice: bool = False
) -> list[Result]:
    """Play scenarios one after the other on one server. ``twice``: each again, its two journals byte for byte the same.

    ``tell`` gets each result as it comes. Raises StartError when the server does not start.
    """
    with emulator_under_scenario() as stage:

        def played(name: str, scenario: Scenario) -> Result:
            try:
                return play(stage, name, scenario, system_time)
            except FakeseedError as problem:
                return Result(
                    name, scenario.title, len(scenario.steps), 0.0, [f"{problem.args[0]} {problem.hint}".strip()]
                )

        results = []
        for name, scenario in scenarios.items():
            result = played(name, scenario)
            if twice:
                result.problems += differing(result.journal, played(name, scenario).journal)
            results.append(result)
            tell(result)
    return results


def differing(first: bytes, second: bytes) -> Iterator[str]:
    """A sentence when two journals of the same scenario are not the same bytes."""
    if first != second:
        position = next(
            (
                index
                for index, (first_byte, second_byte) in enumerate(zip(first, second, strict=False))
                if first_byte != second_byte
            ),
            0,
        )
        around = slice(max(position - 60, 0), position + 60)
        yield f"two runs differ from byte {position} of the journal: {first[around]!r} and {second[around]!r}"


def as_json(results: list[Result]) -> bytes:
    """Results for scripts."""
    rows = [
        {
            "name": result.name,
            "title": result.title,
            "passed": result.passed,
            "steps": result.steps,
            "seconds": round(result.seconds, 3),
            "faults": result.fired,
            "problems": result.problems,
        }
        for result in results
    ]
    return msgspec.json.format(msgspec.json.encode(rows), indent=2)


def as_junit(results: list[Result]) -> bytes:
    """Results for CI servers."""
    return junit_xml([TestSuite("fakeseed scenarios", tuple(map(_junit_case, results)))], "fakeseed scenarios")


def _junit_case(result: Result) -> TestCase:
    group, _, name = result.name.rpartition("/")
    if result.passed:
        return TestCase(group, name, seconds=result.seconds)
    return TestCase(group, name, "failure", result.problems[0], "\n".join(result.problems), result.seconds)
