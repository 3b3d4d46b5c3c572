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


def call(*words: str) -> Result:
    return CliRunner().invoke(fakeseed, ["scenario", *words])


def test_the_list_by_group_and_whole() -> None:
    everything = json.loads(call("list", "--json").output)
    assert len(everything) >= 30
    billing = json.loads(call("list", "billing", "--json").output)
    assert {row["scenario"].partition("/")[0] for row in billing} == {"billing"}
    wrong = call("list", "biling")
    assert isinstance(wrong.exception, UsageError)
    assert "billing" in wrong.exception.hint


def test_one_is_shown_by_its_short_name() -> None:
    shown = call("show", "accept-then-drop").output
    assert "https://github.com/Comfy-Org/ComfyUI/pull/16204" in shown
    assert "fault: accept-then-drop" in shown
    wrong = call("show", "accept-then-dorp")
    assert "did you mean 'billing/accept-then-drop'" in str(wrong.exception) or "accept-then-drop" in str(
        wrong.exception
    )


def test_a_new_one_is_well_formed_runs_and_overwrites_nothing(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    assert call("new").output == TEMPLATE
    assert call("new", str(file)).exit_code == 0
    assert isinstance(call("new", str(file)).exception, UsageError)
    assert call("check", str(file)).exit_code == 0
    junit = tmp_path / "junit.xml"
    ran = call("run", str(file), "--twice", "--junit", str(junit))
    assert ran.exit_code == 0, ran.output
    assert "passed" in ran.output
    (case,) = ElementTree.parse(junit).getroot()
    assert case.find("failure") is None


def test_what_is_not_as_expected_is_told_and_fails(tmp_path: Path) -> None:
    file, junit = tmp_path / "mine.yaml", tmp_path / "junit.xml"
    file.write_text(TEMPLATE.replace("charges: 1", "charges: 7"))
    ran = call("run", str(file), "--json", "--junit", str(junit))
    assert ran.exit_code == 1
    (found,) = json.loads(ran.stdout)
    assert found["problems"] == ["charges: expected 7, got 1"]
    (case,) = ElementTree.parse(junit).getroot()
    assert case[0].attrib["message"] == "charges: expected 7, got 1"
    file.write_text(TEMPLATE.replace("nth: [1, 2]", "nht: [1, 2]"))
    wrong = call("check", str(file))
    assert isinstance(wrong.exception, UsageError)
    assert f"{file}, line 18, faults[0].nht" in str(wrong.exception)


def test_which_ones_to_run_must_be_said() -> None:
    assert isinstance(call("run").exception, UsageError)
    assert isinstance(call("run", "--all", "accept-then-drop").exception, UsageError)


# -- standing scenarios -----------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_new_worlds_begin_with_standing_scenarios_also_after_a_reset(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(SMALL)
    standing = DefaultScenarios([str(file), "billing/accept-then-drop"], system_time)
    api = Api(App(Settings(), standing=standing))
    for _ in range(2):
        assert (await api.control("GET", "world"))["plan"] == "creator"
        assert [one["fault"] for one in (await api.control("GET", "faults"))["faults"]] == [
            "status",
            "accept-then-drop",
        ]
        assert (await api.listing())["total"] == 1
        await api.control("POST", "reset")
    await api.http.aclose()
    await api.app.close()


@pytest.mark.anyio
async def test_a_world_that_cannot_begin_so_begins_plain_and_says_why(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        SMALL.replace("plan: creator, assets: [{as: hero}]", "plan: creator, assets: [{as: hero, count: 51}]")
    )
    api = Api(App(Settings(), standing=DefaultScenarios([str(file)], system_time)))
    assert (await api.listing())["total"] == 0
    (told, *_) = (await api.control("GET", "journal"))["entries"]
    assert told["trigger"].startswith("impossible: asset 'hero 51' cannot be there: asset quota exceeded")
    await api.http.aclose()
    await api.app.close()


def test_a_changed_file_is_read_again_and_a_bad_edit_keeps_the_old(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(SMALL)
    standing = DefaultScenarios([str(file)], system_time)
    assert standing.read_again() == (False, "")
    before = standing.setup
    rewrite(file, SMALL.replace("retry_after", "retry_aftre"))
    anew, told = standing.read_again()
    assert not anew
    assert "line 6" in told
    assert "did you mean 'retry_after'" in told
    assert standing.setup == before
    rewrite(file, SMALL.replace("429", "500"))
    assert standing.read_again()[0]
    assert standing.setup.faults[0]["status"] == 500
    file.unlink()
    assert "cannot read" in standing.read_again()[1]
    assert standing.setup.faults[0]["status"] == 500


def rewrite(file: Path, text: str) -> None:
    """Write a file so that its time changes, however coarse the file system's clock is."""
    import os

    stamp = file.stat().st_mtime_ns + 1_000_000_000
    file.write_text(text)
    os.utime(file, ns=(stamp, stamp))


def test_of_two_scenarios_the_later_one_holds_and_lists_add_up() -> None:
    one = read_scenario(SMALL, "one")
    other = read_scenario(SMALL.replace("plan: creator", "points: 5").replace("as: hero", "as: other"), "other")
    both = combined([one, other])
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
    found = await api.control("GET", "twins")
    assert [pair["says"] for pair in found["twins"]] == [
        "same body twice, 61 s apart: 2 charges",
        "same body twice, 0 s apart: 0 charges",
    ]
    assert found["twins"][0]["first"]["seq"] < found["twins"][0]["second"]["seq"]


@pytest.mark.anyio
async def test_a_create_whose_answer_hid_the_task_is_paired_too(api: Api) -> None:
    await api.control("POST", "faults", {"fault": "status", "on": "POST task", "status": 503})
    assert (await api.create()).status_code == 503
    assert (await api.create()).status_code == 200
    (pair,) = (await api.control("GET", "twins"))["twins"]
    assert pair["charges"] == 2
    assert pair["first"]["faults"] == ["status (fault-1)"]
