"""A finding as a file: the smallest world that shows it, for ``judge --scenario`` and ``prove``."""

from pathlib import Path

import msgspec

from fakeseed.judge.explore.search import Attempted
from fakeseed.judge.explore.trials import Trial
from fakeseed.judge.registry import known_rules
from fakeseed.scenario.schema_types import Scenario

SOURCE = "https://github.com/fakeseed/fakeseed"
HEAD = "# Found by `fakeseed judge --explore`. Reproduce it: fakeseed judge --scenario {name} -- YOUR COMMAND\n"


def as_scenario(trial: Trial, about: str = "", client: str = "") -> Scenario:
    """The world of a trial as a scenario."""
    setup = trial.setup
    return Scenario(
        title=trial.name,
        about=about or f"One thing goes wrong: {trial.name}.",
        client=client or "Ends, is charged once, and gives the video or a clear error.",
        source=SOURCE,
        world=setup.world,
        faults=setup.faults,
        timeline=setup.timeline,
    )


def finding_text(attempted: Attempted, name: str) -> str:
    """A finding as the YAML of a scenario: what broke, with its evidence, and what a correct client does."""
    import yaml

    rules = known_rules()
    evidence = [case.statement for verdict in attempted.run.judgement.broken for case in verdict.broken[:1]]
    about = "; ".join([*attempted.problems, *evidence])
    client = " ".join(rules[rule].statement for rule in attempted.rules)
    scenario = msgspec.to_builtins(as_scenario(attempted.trial, about, client))
    return HEAD.format(name=name) + yaml.safe_dump(scenario, sort_keys=False, allow_unicode=True, width=110)


def write_findings(findings: list[Attempted], folder: Path) -> list[Path]:
    """Write each finding into a file of its own, numbered in the order of discovery. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, attempted in enumerate(findings, 1):
        path = folder / f"{number:02}-{_slug(attempted.trial.name)}.yaml"
        path.write_text(finding_text(attempted, str(path)), "utf-8")
        paths.append(path)
    return paths


def _slug(name: str) -> str:
    letters = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
    return "-".join(filter(None, letters.split("-")))[:60].rstrip("-")
