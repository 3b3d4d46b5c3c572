"""What a user's project does with fakeseed; both type checkers take it as it stands."""

import asyncio
from typing import Any, assert_type

import httpx

import fakeseed
from fakeseed import AsyncControl, Control, ControlError, Emulator


def test_with_the_fixture(fakeseed: Emulator) -> None:
    """The fixture's value has a type."""
    assert_type(fakeseed.base_url, str)
    assert_type(fakeseed.env, dict[str, str])
    assert_type(fakeseed.control, Control)
    assert_type(fakeseed.points, dict[str, int])
    assert_type(fakeseed.faults.arm("status", on="GET task", status=503), str)
    assert_type(fakeseed.clock.advance("1d"), list[dict[str, Any]])
    assert_type(fakeseed.judge(allow=["polling"]).ok, bool)
    fakeseed.faults.disarm()
    with httpx.Client(transport=fakeseed.transport(), base_url="http://piapi") as client:
        client.get("/api/v1/asset/list", headers={"X-API-Key": fakeseed.api_key})


def advance(control: Control) -> str:
    """The control API without pytest."""
    try:
        world = control.advance("90s")
    except ControlError as problem:
        return problem.hint
    assert_type(world, dict[str, Any])
    return str(world["now"])


async def wait(url: str) -> dict[str, Any]:
    """The same, awaited."""
    async with AsyncControl(url, key="k") as control:
        return await control.wait_for_task("task-1", within="1h")


def judge(journal: object) -> list[str]:
    """Judge what a server saw, and hold a client to every world."""
    judgement = fakeseed.judge.judge(journal, allow=["money"], rate=1.0, ending=fakeseed.judge.Ending("exited", 0))
    assert_type(judgement, fakeseed.judge.Judgement)
    verdicts: list[fakeseed.judge.Verdict] = judgement.broken
    return [verdict.rule for verdict in verdicts]


def client(base_url: str, api_key: str) -> bytes:
    """A client under test."""
    return httpx.get(f"{base_url}/account/info", headers={"X-API-Key": api_key}).content


def hold() -> None:
    """The property test of clients."""
    try:
        fakeseed.judge.hold(client, videos=1, examples=10, seed=7)
    except fakeseed.judge.HoldError as problem:
        print(problem)


def main() -> None:
    """All of it, as a program."""
    assert_type(fakeseed.__version__, str)
    with Control("http://127.0.0.1:8787") as control:
        advance(control)
    asyncio.run(wait("http://127.0.0.1:8787"))
