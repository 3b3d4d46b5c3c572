"""A set-up written as a scenario's file is read as the same set-up."""

from pathlib import Path
from typing import Any

import pytest

from fakeseed.errors import UsageError
from fakeseed.scenario.find import known_scenarios, read_file, read_named
from fakeseed.scenario.parse import read_scenario, read_setup
from fakeseed.scenario.schema_types import EntryPattern, Setup
from fakeseed.scenario.write import scenario_text, write_scenario

WORDS: dict[str, Any] = {"title": "A finding", "about": "Found.", "client": "Ends.", "source": "https://example.com/"}


@pytest.mark.parametrize("name", known_scenarios())
def test_every_shipped_set_up_survives(name: str) -> None:
    shipped = read_named(name)
    written = read_scenario(scenario_text(shipped, struck_when=shipped.struck_when, **WORDS), "own.yaml")
    assert (written.world, written.faults, written.timeline) == (shipped.world, shipped.faults, shipped.timeline)
    assert written.struck_when == shipped.struck_when
    assert written.title == WORDS["title"]


@pytest.mark.parametrize(
    "setup",
    [
        {},
        {"world": {"at": "2026-06-07T00:00:00Z", "plan": "free"}},
        {"faults": [{"fault": "status", "on": "POST task", "for": "30s", "message": "yes: #no\u2028'"}]},
        {"faults": [{"fault": "webhook-wrong-secret", "carries": "0123"}, {"fault": "status", "message": "null"}]},
        {"timeline": [{"at": 1.5, "set": {"points": 0}}, {"at": "1m", "fail": "task 1", "cause": "internal-error"}]},
    ],
)
def test_words_that_yaml_takes_for_something_else_survive(setup: dict[str, Any]) -> None:
    meant = read_setup(setup)
    written = read_scenario(scenario_text(meant, **WORDS), "own.yaml")
    assert Setup(written.world, written.faults, written.timeline) == meant


def test_a_file_goes_under_the_next_free_name(tmp_path: Path) -> None:
    text = scenario_text(Setup(), struck_when=[EntryPattern(status=503)], **WORDS)
    paths = [write_scenario(tmp_path / "new", "finding", text) for _ in range(3)]
    assert [path.name for path in paths] == ["finding.yaml", "finding-2.yaml", "finding-3.yaml"]
    assert read_file(paths[2]).struck_when == (EntryPattern(status=503),)


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write to"):
        write_scenario(tmp_path / "file", "finding", "text")
