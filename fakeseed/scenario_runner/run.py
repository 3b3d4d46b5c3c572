"""Running several scenarios, each once or twice, and what came of it as JUnit and JSON."""

from collections.abc import Callable, Iterator, Mapping
from xml.etree import ElementTree

import msgspec

from fakeseed.errors import UsageError
from fakeseed.scenario.schema_types import Scenario
from fakeseed.scenario_runner.play import Result, play
from fakeseed.scenario_runner.stage import staged
from fakeseed.world.clock import SystemTime

Tell = Callable[[Result], None]


def run(
    scenarios: Mapping[str, Scenario], system_time: SystemTime, tell: Tell = lambda _: None, *, twice: bool = False
) -> list[Result]:
    """Play scenarios one after the other on one server. ``twice``: each again, its two journals byte for byte the same.

    ``tell`` gets each result as it comes. Raises StartError when the server does not start.
    """
    with staged() as stage:

        def played(name: str, scenario: Scenario) -> Result:
            try:
                return play(stage, name, scenario, system_time)
            except UsageError as problem:
                return Result(name, scenario.title, len(scenario.steps), 0.0, [f"{problem} {problem.hint}".strip()])

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
    failed = sum(not result.passed for result in results)
    suite = ElementTree.Element("testsuite", name="fakeseed scenarios", tests=str(len(results)), failures=str(failed))
    for result in results:
        group, _, name = result.name.rpartition("/")
        case = ElementTree.SubElement(suite, "testcase", classname=group, name=name, time=f"{result.seconds:.3f}")
        if not result.passed:
            failure = ElementTree.SubElement(case, "failure", message=result.problems[0])
            failure.text = "\n".join(result.problems)
    return bytes(ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True))
