"""``fakeseed scenario``, standing scenarios of a server, and creates that were sent twice."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from fakeseed.cli.main import fakeseed
from fakeseed.cli.scenario import TEMPLATE
from fakeseed.errors import UsageError
from fakeseed.scenario.default_scenarios import DefaultScenarios, combined
from fakeseed.scenario.parse import read_scenario
from fakeseed.server.app import App
from fakeseed.world.clock import system_time
from fakeseed.world.settings import Settings
from tests.conftest import Api

SMALL = """\
title: a
about: b
client: c
source: https://example.com
world: {plan: creator, assets: [{as: hero}]}
faults: [{fault: status, on: GET task, status: 429, retry_after: 3}]
"""


def call(*arguments: str) -> Result:
    return CliRunner().invoke(fakeseed, ["scenario", *arguments])


def test_scenarios_are_listed_by_group_and_all() -> None:
    everything = json.loads(call("list", "--json").output)
    assert len(everything) >= 30
    billing = json.loads(call("list", "billing", "--json").output)
    assert {row["scenario"].partition("/")[0] for row in billing} == {"billing"}
    wrong = call("list", "biling")
    assert isinstance(wrong.exception, UsageError)
    assert "billing" in wrong.exception.hint


def test_a_scenario_is_shown_by_its_short_name() -> None:
    output = call("show", "accept-then-drop").output
    assert "https://github.com/Comfy-Org/ComfyUI/pull/16204" in output
    assert "fault: accept-then-drop" in output
    wrong = call("show", "accept-then-dorp")
    assert "did you mean 'billing/accept-then-drop'" in str(wrong.exception) or "accept-then-drop" in str(
        wrong.exception
    )


def test_new_writes_a_scenario_that_passes_and_overwrites_nothing(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    assert call("new").output == TEMPLATE
    assert call("new", str(file)).exit_code == 0
    assert isinstance(call("new", str(file)).exception, UsageError)
    assert call("check", str(file)).exit_code == 0
    junit = tmp_path / "junit.xml"
    ran = call("run", str(file), "--twice", "--junit", str(junit))
    assert ran.exit_code == 0, ran.output
    assert "passed" in ran.output
    ((case,),) = ElementTree.parse(junit).getroot()
    assert case.find("failure") is None


def test_an_unmet_expectation_is_reported_and_exits_1(tmp_path: Path) -> None:
    file, junit = tmp_path / "mine.yaml", tmp_path / "junit.xml"
    file.write_text(TEMPLATE.replace("charges: 1", "charges: 7"))
    ran = call("run", str(file), "--json", "--junit", str(junit))
    assert ran.exit_code == 1
    (report,) = json.loads(ran.stdout)
    assert report["problems"] == ["charges: expected 7, got 1"]
    ((case,),) = ElementTree.parse(junit).getroot()
    assert case[0].attrib["message"] == "charges: expected 7, got 1"
    file.write_text(TEMPLATE.replace("nth: [1, 2]", "nht: [1, 2]"))
    wrong = call("check", str(file))
    assert isinstance(wrong.exception, UsageError)
    assert f"{file}, line 18, faults[0].nht" in str(wrong.exception)


def test_run_needs_names_or_all() -> None:
    assert isinstance(call("run").exception, UsageError)
    assert isinstance(call("run", "--all", "accept-then-drop").exception, UsageError)


# -- standing scenarios -----------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_new_worlds_begin_with_default_scenarios_also_after_a_reset(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(SMALL)
    defaults = DefaultScenarios([str(file), "billing/accept-then-drop"], system_time)
    api = Api(App(Settings(), default_scenarios=defaults))
    for _ in range(2):
        assert (await api.control("GET", "world"))["plan"] == "creator"
        assert [fault["fault"] for fault in (await api.control("GET", "faults"))["faults"]] == [
            "status",
            "accept-then-drop",
        ]
        assert (await api.listing())["total"] == 1
        await api.control("POST", "reset")
    await api.http.aclose()
    await api.app.close()


@pytest.mark.anyio
async def test_a_default_scenario_that_does_not_fit_leaves_a_plain_world_and_a_note(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        SMALL.replace("plan: creator, assets: [{as: hero}]", "plan: creator, assets: [{as: hero, count: 51}]")
    )
    api = Api(App(Settings(), default_scenarios=DefaultScenarios([str(file)], system_time)))
    assert (await api.listing())["total"] == 0
    (note, *_) = (await api.control("GET", "journal"))["entries"]
    assert note["trigger"].startswith("impossible: asset 'hero 51' cannot be there: asset quota exceeded")
    await api.http.aclose()
    await api.app.close()


def test_a_changed_file_is_read_again_and_a_bad_edit_keeps_the_last_good_one(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(SMALL)
    defaults = DefaultScenarios([str(file)], system_time)
    assert defaults.read_again() == (False, "")
    setup = defaults.setup
    rewrite(file, SMALL.replace("retry_after", "retry_aftre"))
    anew, note = defaults.read_again()
    assert not anew
    assert "line 6" in note
    assert "did you mean 'retry_after'" in note
    assert defaults.setup == setup
    rewrite(file, SMALL.replace("429", "500"))
    assert defaults.read_again()[0]
    assert defaults.setup.faults[0]["status"] == 500
    file.unlink()
    assert "cannot read" in defaults.read_again()[1]
    assert defaults.setup.faults[0]["status"] == 500


def rewrite(file: Path, text: str) -> None:
    """Write a file so that its time changes, however coarse the file system's clock is."""
    import os

    stamp = file.stat().st_mtime_ns + 1_000_000_000
    file.write_text(text)
    os.utime(file, ns=(stamp, stamp))


def test_combined_scenarios_the_later_values_win_and_lists_add_up() -> None:
    first = read_scenario(SMALL, "one")
    second = read_scenario(SMALL.replace("plan: creator", "points: 5").replace("as: hero", "as: other"), "other")
    both = combined([first, second])
    assert (both.world.plan, both.world.points) == ("creator", 5)
    assert [asset.name_as for asset in both.world.assets] == ["hero", "other"]
    assert len(both.faults) == 2


# -- twins ------------------------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_creates_that_were_sent_twice_are_paired_with_what_they_cost(emulate: Callable[..., Api]) -> None:
    api = emulate(concurrency=10)
    await api.create(prompt="one")
    await api.advance(61)
    await api.create(prompt="one")
    await api.create(prompt="other")
    await api.create(prompt="fs-refuse-copyright")
    await api.create(prompt="fs-refuse-copyright")
    await api.create(prompt="one", duration=99)  # refused
    await api.create(prompt="one", duration=99)
    await api.advance("10m")
    result = await api.control("GET", "twins")
    assert [pair["says"] for pair in result["twins"]] == [
        "same body twice, 61 s apart: 2 charges",
        "same body twice, 0 s apart: 0 charges",
    ]
    assert result["twins"][0]["first"]["seq"] < result["twins"][0]["second"]["seq"]


@pytest.mark.anyio
async def test_a_create_whose_answer_hid_the_task_is_paired_too(api: Api) -> None:
    await api.control("POST", "faults", {"fault": "status", "on": "POST task", "status": 503})
    assert (await api.create()).status_code == 503
    assert (await api.create()).status_code == 200
    (pair,) = (await api.control("GET", "twins"))["twins"]
    assert pair["charges"] == 2
    assert pair["first"]["faults"] == ["status (fault-1)"]
