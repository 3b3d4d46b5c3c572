"""The system's time never goes back; steps of the wall clock are told of, and worlds on a real clock go on."""

import logging
from collections.abc import Callable

import pytest

from fakeseed.model.times import HOUR, SECOND
from fakeseed.world import clock as clocks
from tests.conftest import Api

MILLISECOND = SECOND // 1000
ZERO = 1_000_000 * SECOND


class System:
    """A machine's two clocks."""

    def __init__(self) -> None:
        self.wall, self.monotonic = ZERO, 5 * SECOND
        self.clock = clocks.SystemClock(lambda: self.wall, lambda: self.monotonic)

    def passes(self, span: int, wall: int | None = None) -> int:
        """Time passes, on the wall clock perhaps another span; gives the system's instant then."""
        self.monotonic += span
        self.wall += span if wall is None else wall
        return self.clock() - ZERO


@pytest.fixture
def system() -> System:
    return System()


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def test_a_wall_clock_that_runs_well_is_followed_silently(system: System, caplog: pytest.LogCaptureFixture) -> None:
    assert [system.passes(SECOND) for _ in range(3)] == [SECOND, 2 * SECOND, 3 * SECOND]
    assert system.passes(SECOND, SECOND + 20 * MILLISECOND) == 4 * SECOND, "a little is no step"
    assert told(caplog) == []


def test_a_wall_clock_that_is_set_back_is_told_of_once_and_not_obeyed(
    system: System, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert system.passes(SECOND, -HOUR) == SECOND
        assert [system.passes(SECOND) for _ in range(3)] == [2 * SECOND, 3 * SECOND, 4 * SECOND]
    assert told(caplog) == [
        "the system's clock was set back by 3601.0 s; worlds on a real clock go on as if it had not been"
    ]


def test_a_wall_clock_that_is_set_right_again_changes_nothing(system: System, caplog: pytest.LogCaptureFixture) -> None:
    system.passes(SECOND, -HOUR)
    assert system.passes(SECOND, HOUR + 2 * SECOND) == 2 * SECOND
    assert system.passes(SECOND) == 3 * SECOND
    assert len(told(caplog)) == 2


def test_a_wall_clock_that_is_set_forward_is_followed(system: System, caplog: pytest.LogCaptureFixture) -> None:
    assert system.passes(SECOND, HOUR) == HOUR
    assert system.passes(SECOND) == HOUR + SECOND
    assert told(caplog) == ["the system's clock was set forward by 3599.0 s; worlds on a real clock follow"]


async def instant(api: Api) -> int:
    """Where a world stands."""
    return await api.app.engine.look(api.app.engine.enter(api.key), lambda world: world.now)


@pytest.mark.anyio
async def test_a_world_goes_on_where_the_system_stands_before_what_it_saw(emulate: Callable[..., Api]) -> None:
    """As after a restart on a machine whose clock was set back by an hour meanwhile."""
    now = [ZERO]
    api = emulate(freeze_at=None, system_time=lambda: now[0])
    task = await api.created()
    now[0] += 100 * MILLISECOND
    assert await instant(api) == ZERO + 100 * MILLISECOND
    now[0] -= HOUR
    assert await instant(api) == ZERO + 100 * MILLISECOND
    now[0] += 30 * SECOND
    assert (await api.task(task))["status"] == "completed"


@pytest.mark.anyio
async def test_two_processes_whose_clocks_differ_a_little_do_not_push_a_world_on(emulate: Callable[..., Api]) -> None:
    now = [ZERO]
    api = emulate(freeze_at=None, system_time=lambda: now[0])
    for _ in range(50):
        now[0] += 5 * SECOND
        await api.control("GET", "world")
        now[0] -= 5 * SECOND
        await api.control("GET", "world")
    assert await instant(api) == ZERO + 5 * SECOND
