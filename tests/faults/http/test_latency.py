import statistics
import time
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakeseed.faults.http.latency import LONGEST, Latency
from tests.conftest import Api
from tests.support.faults import SOON, Wire, arm

GRID = [(number + 0.5) / 100 for number in range(100)]


@pytest.mark.anyio
async def test_the_answer_is_held_back_and_then_comes_whole(api: Api) -> None:
    await arm(api, "latency", on="POST task", seconds="40ms")
    began = time.perf_counter()
    assert (await api.create()).json()["data"]["status"] == "pending"
    assert time.perf_counter() - began >= 0.04
    began = (await api.control("GET", "clock"))["now"]
    assert (await api.create()).status_code == 200
    assert (await api.control("GET", "clock"))["now"] == began, "the world's clock knows nothing of it"


def test_httpx_gets_a_read_timeout_and_the_task_is_there(wire: Wire) -> None:
    wire.arm("latency", on="POST task", seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        wire.create(timeout=SOON)
    wire.holds_one_task_lost_to("latency")


def draws(fault: Latency) -> list[float]:
    return [fault.drawn(first, second) for first in GRID for second in GRID]


def test_laws() -> None:
    assert set(draws(Latency(2.0))) == {2.0}
    uniform = draws(Latency(1, "3s", "uniform"))
    assert (min(uniform) >= 1, max(uniform) < 3, round(statistics.mean(uniform), 2)) == (True, True, 2)
    assert statistics.mean(draws(Latency(2, law="exponential"))) == pytest.approx(2, rel=0.05)
    lognormal = draws(Latency(2, law="lognormal"))
    assert statistics.median(lognormal) == pytest.approx(2, rel=0.05)
    assert max(draws(Latency(2, 2.5, "lognormal"))) == 2.5


@given(
    first=st.floats(0, 1, exclude_max=True),
    second=st.floats(0, 1, exclude_max=True),
    seconds=st.floats(0, LONGEST),
    law=st.sampled_from(["fixed", "exponential", "lognormal"]),
    spread=st.floats(0, 5),
)
def test_every_wait_is_finite_and_bounded(first: float, second: float, seconds: float, law: Any, spread: float) -> None:
    assert 0 <= Latency(seconds, None, law, spread).drawn(first, second) <= LONGEST


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"seconds": "1h"}, "at most"),
        ({"law": "uniform"}, "needs most"),
        ({"law": "uniform", "seconds": 2, "most": 1}, "needs most"),
        ({"most": "soon"}, "not a span"),
    ],
)
@pytest.mark.anyio
async def test_what_does_not_go_together_is_refused(api: Api, options: dict[str, Any], reason: str) -> None:
    answer = await api.call("POST", "/_fakeseed/faults", json={"fault": "latency", **options})
    assert (answer.status_code, reason in answer.text) == (400, True)
