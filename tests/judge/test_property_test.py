"""``hold``: clients as functions, in worlds that Hypothesis invents."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakeseed.judge import property_test
from fakeseed.judge.court import Court, court
from fakeseed.judge.generated_worlds import generated_worlds
from fakeseed.judge.property_test import HoldError, hold, tried
from fakeseed.scenario.find import read_file
from fakeseed.scenario.parse import read_setup
from fakeseed.scenario.schema_types import Setup
from fakeseed.testing.emulator import Emulator
from tests.zoo import broken
from tests.zoo.correct import CorrectClient, Sleep
from tests.zoo.missions import PERSON, SCENE, fault, world

Client = Callable[[str, str, Sleep], object]


def client_of(kind: type[CorrectClient]) -> Client:
    """A client of the zoo as a function."""

    def make(url: str, key: str, sleep: Sleep) -> bytes:
        client = kind(url, key, sleep)
        try:
            return client.video("The person walks.", people=(PERSON,), scenery=(SCENE,))
        finally:
            client.close()

    return make


def only_world(*faults: dict[str, Any], **options: Any) -> st.SearchStrategy[Setup]:
    """Just one world."""
    return st.just(read_setup(world(*faults, **options)))


# -- what holds -------------------------------------------------------------------------------------------------------


def test_the_correct_client_holds_in_worlds_that_nobody_wrote() -> None:
    hold(client_of(CorrectClient), examples=40)


def test_a_client_without_a_sleep_moves_the_clock_by_polling() -> None:
    def simple(url: str, key: str) -> bytes:
        client = CorrectClient(url, key, lambda _: None)
        try:
            return client.video("a corgi")
        finally:
            client.close()

    hold(simple, examples=5, worlds=only_world(pace="realistic"))


# -- what does not ----------------------------------------------------------------------------------------------------


FEW = st.lists(
    st.sampled_from(
        [
            *(fault("title-case-status", always=True), fault("redirect"), fault("quota-full")),
            *(fault("range-ignored"), fault("accept-then-drop")),
        ]
    ),
    max_size=3,
).map(lambda faults: read_setup(world(*faults)))
"""Worlds with few faults, so that the simplest is found soon."""


def test_who_pays_twice_is_found_and_the_world_is_told_in_its_simplest_form(tmp_path: Path) -> None:
    with pytest.raises(HoldError) as caught:
        hold(client_of(broken.Resubmits), examples=100, worlds=FEW, seed=1)
    report = str(caught.value)
    assert "charged 2 times for 1 video" in report
    assert "money/no-ambiguous-resubmit" in report
    file = tmp_path / "found.yaml"
    file.write_text(report.partition("as a scenario:\n\n")[2])
    scenario = read_file(file)
    assert [order["fault"] for order in scenario.faults] == ["accept-then-drop"]
    assert not scenario.timeline
    with court("again") as server:
        again = tried(server, client_of(broken.Resubmits), Setup(scenario.world, scenario.faults, scenario.timeline))
    assert "charged 2 times" in again[0], "the file brings it back"


@pytest.fixture(scope="module")
def server() -> Iterator[Court]:
    with court("hold") as running:
        yield running


def problem(server: Court, client: Callable[..., object], *faults: dict[str, Any]) -> str:
    """What is found of a client in one world."""
    return "\n".join(tried(server, client, read_setup(world(*faults))))


def test_a_crash_is_no_clear_error(server: Court) -> None:
    def careless(url: str, key: str) -> Any:
        return httpx.get(f"{url}/account/info", headers={"X-API-Key": key}).json()["no such thing"]

    assert "it crashes: KeyError" in problem(server, careless)


@pytest.mark.parametrize("nothing", [None, b"", ""])
def test_nothing_is_no_video(server: Court, nothing: object) -> None:
    assert "neither a video nor an error" in problem(server, lambda url, key: nothing)


def test_other_bytes_are_no_video(server: Court) -> None:
    problems = problem(server, client_of(broken.HalfIsEnough), fault("truncate", "GET output"))
    assert "that are no video of this world" in problems


def test_a_path_to_the_video_is_as_good_as_the_video(server: Court, tmp_path: Path) -> None:
    def saving(url: str, key: str, sleep: Sleep) -> Path:
        file = tmp_path / "video.mp4"
        video = client_of(CorrectClient)(url, key, sleep)
        assert isinstance(video, bytes)
        file.write_bytes(video)
        return file

    assert not problem(server, saving)


def test_a_clear_error_holds(server: Court) -> None:
    assert not problem(server, client_of(CorrectClient), fault("fails-at-the-end"))


def test_a_client_that_pauses_for_ever_is_ended(server: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(property_test, "PAUSES", 30)
    problems = problem(server, client_of(broken.PollsForever), fault("stuck", "POST task"))
    assert "it does not end: 30 pauses" in problems


def test_a_client_that_asks_for_ever_is_ended(server: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(property_test, "REQUESTS", 40)

    def endless(url: str, key: str) -> None:
        with httpx.Client(base_url=url, headers={"X-API-Key": key}) as http:
            while True:
                http.get("/account/active_tasks")

    assert "it does not end: more than 40 journal entries" in problem(server, endless)


# -- the worlds -------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(setup=generated_worlds())
def test_every_world_can_be(server: Court, setup: Setup) -> None:
    room = server.room("any", setup, "frozen")
    assert room.control.clock()["mode"] == "frozen"


@pytest.mark.fakeseed(assert_all_fired=False)
def test_a_world_that_was_found_can_be_had_in_a_test(fakeseed: Emulator, tmp_path: Path) -> None:
    file = tmp_path / "found.yaml"
    file.write_text(property_test.as_scenario(read_setup(world(fault("stuck", "POST task")))))
    fakeseed.scenario(str(file))
    assert [entry["fault"] for entry in fakeseed.faults] == ["stuck"]
