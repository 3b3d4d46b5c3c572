"""Who looks is no client: the zoo is judged alike with a page open on each of its worlds."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from fakeseed.judge.court import Court, court
from fakeseed.world.rng import name_of
from tests.page.conftest import Viewer
from tests.zoo.broken import CASES
from tests.zoo.correct import CorrectClient
from tests.zoo.harness import tried


@pytest.fixture(scope="module")
def watched_court() -> Iterator[Court]:
    with court("zoo") as running:
        yield running


def accused(court: Court, viewer: Viewer, kind: type[CorrectClient], rule: str) -> list[str]:
    """What a client is accused of, with a page open on its world."""
    _, mission, setup = CASES[rule]
    key = f"watched-{kind.__name__}-{rule}"
    httpx.get(f"{court.url}/account/info", headers={"X-API-Key": key})  # the world is there before the page opens it
    viewer.page.goto(f"{court.url}/#/{name_of(key)}/tasks")
    viewer.page.get_by_text("live", exact=True).wait_for()
    judgement = tried(court, kind, mission, setup, key)
    entries = httpx.get(f"{court.url}/_fakeseed/journal", headers={"X-API-Key": key}).json()["total"]
    page = viewer.page
    (page.locator("button.row").first if entries else page.get_by_text("Nothing has happened yet")).wait_for()
    return [verdict.rule for verdict in judgement.broken]


@pytest.mark.slow
@pytest.mark.parametrize("rule", CASES)
def test_verdicts_are_the_same_with_a_page_open(watched_court: Court, view: Callable[..., Viewer], rule: str) -> None:
    viewer = view()
    assert accused(watched_court, viewer, CASES[rule][0], rule) == [rule]
    assert accused(watched_court, viewer, CorrectClient, rule) == []
