"""What tests of scenarios share."""

from pathlib import Path
from typing import Any

import yaml

from fakeseed.resources import folder
from fakeseed.scenario.parse import read_scenario
from fakeseed.scenario.schema_types import Scenario

SCENARIOS = folder("scenarios")
HEAD = {"title": "a title", "about": "One. Two.", "client": "waits", "source": "https://piapi.ai/docs"}


def written(**fields: Any) -> str:
    """A scenario's file that says this and no more than it must."""
    return yaml.safe_dump({**HEAD, **fields}, sort_keys=False)


def scenario(**fields: Any) -> Scenario:
    """A scenario that says this."""
    return read_scenario(written(**fields), "own.yaml")


def text_of(name: str) -> str:
    """The text of a shipped file."""
    return Path(SCENARIOS, f"{name}.yaml").read_text()
