"""The same seed and the same requests give the same bytes: answers, journal and videos."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api

pytestmark = pytest.mark.anyio
LR = "seedance-2-less-restriction"


async def story(api: Api) -> list[bytes]:
    """A long visit that touches most of what a world can do; gives every answer's bytes."""
    answers: list[bytes] = []

    async def keep(method: str, path: str, **actions: Any) -> Any:
        answer = await api.http.request(method, path, **actions)
        answers.append(answer.content)
        return answer.json() if answer.content[:1] == b"{" else answer

    async def task(task_type: str, **fields: Any) -> str:
        body = {"model": "seedance", "task_type": task_type, "input": {"prompt": "a corgi", **fields}}
        return str((await keep("POST", "/api/v1/task", json=body))["data"]["task_id"])

    person = (await keep("POST", "/api/v1/asset/upload", json={"url": "https://cdn.example/person.png"}))["asset_id"]
    await keep("POST", "/api/v1/asset/upload", json=["https://cdn.example/a.png", "nope"])
    await keep("POST", "/_fakeseed/clock/advance", json={"by": "2s"})
    await keep("GET", "/api/v1/asset/list")
    raw = ["https://cdn.example/raw.png"]
    good = await task(LR, image_urls=[f"asset://{person}", *raw], auto_upload_assets=True)
    bad = await task("seedance-2", prompt="fs-refuse-copyright")
    await task("seedance-2")
    for step in ("next", "next", "next"):
        await keep("POST", "/_fakeseed/clock/advance", json={"to": step})
        await keep("GET", f"/api/v1/task/{good}")
    await keep("POST", "/_fakeseed/clock/advance", json={"by": "1h"})
    video = (await keep("GET", f"/api/v1/task/{good}"))["data"]["output"]["video"]
    await keep("GET", video)
    await keep("GET", f"/api/v1/task/{bad}")
    upload = {"file_name": "a.png", "file_data": "aGVsbG8="}
    await keep("GET", (await keep("POST", "/api/ephemeral_resource", json=upload))["data"]["url"])
    for path in ("/account/info", "/account/active_tasks", "/api/open/tasks/histories", "/nowhere"):
        await keep("GET", path)
    await keep("POST", "/_fakeseed/clock/advance", json={"by": "16d"})
    for path in ("world", "ledger", "timeline", "journal?limit=10000"):
        await keep("GET", f"/_fakeseed/{path}")
    return answers


async def test_two_runs_with_one_seed_give_the_same_bytes(emulate: Callable[..., Api]) -> None:
    first, second = await story(emulate(seed="7")), await story(emulate(seed="7"))
    assert first == second
    assert sum(answer[4:8] == b"ftyp" for answer in first) == 1


async def test_another_seed_gives_other_ids(emulate: Callable[..., Api]) -> None:
    first, second = await story(emulate(seed="7")), await story(emulate(seed="8"))
    assert first != second


async def test_a_reset_world_repeats_itself(emulate: Callable[..., Api]) -> None:
    api = emulate(seed="7")
    first = await story(api)
    await api.control("POST", "reset")
    assert await story(api) == first


async def test_what_one_key_does_changes_nothing_for_another(emulate: Callable[..., Api]) -> None:
    alone = await story(emulate("mine", seed="7"))
    shared = emulate("mine", seed="7")
    await story(shared.other("yours"))
    assert await story(shared) == alone


async def test_world_and_seed_can_be_set_for_one_world(emulate: Callable[..., Api]) -> None:
    api = emulate(seed="1")
    await api.control("PATCH", "world", {"seed": "7"})
    first = (await api.create()).json()["data"]["task_id"]
    reseeded = emulate(seed="7")
    assert (await reseeded.create()).json()["data"]["task_id"] == first
