"""The document of the control API: it is well formed, has every call, and the answers are of its types."""

from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest
from openapi_spec_validator import validate

from fakeseed.control.document import ANSWERS, FILES, ORDERS, QUERIES
from fakeseed.control.response_types import Problem
from fakeseed.control.routes import all_routes
from tests.conftest import Api

Emulate = Callable[..., Api]
pytestmark = pytest.mark.anyio


async def test_the_document_is_valid_and_has_every_call(emulate: Emulate) -> None:
    answer = await emulate().http.get("/_fakeseed/openapi.json", headers={"X-API-Key": ""})
    document = answer.json()
    validate(document)
    calls = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert calls == {(method, path) for method, path, _, _ in all_routes()} | {("GET", "/health")}
    ids = [one["operationId"] for methods in document["paths"].values() for one in methods.values()]
    assert len(ids) == len(set(ids))


def test_the_tables_name_actions_that_there_are() -> None:
    names = {action.__name__ for _, _, action, _ in all_routes()}
    assert {*QUERIES, *ORDERS, *ANSWERS, *FILES} <= names


CALLS: list[tuple[str, str, str, Any]] = [
    ("list_worlds", "GET", "worlds", None),
    ("overview", "GET", "overview", None),
    ("show_world", "GET", "world", None),
    ("patch_world", "PATCH", "world", {"points": 10**9}),
    ("show_clock", "GET", "clock", None),
    ("timeline", "GET", "timeline", None),
    ("journal", "GET", "journal", None),
    ("journal_rows", "GET", "journal/rows", None),
    ("ledger", "GET", "ledger", None),
    ("list_tasks", "GET", "tasks", None),
    ("list_assets", "GET", "assets", None),
    ("arm_faults", "POST", "faults", {"fault": "status", "for": "1h"}),
    ("show_faults", "GET", "faults", None),
    ("disarm_faults", "DELETE", "faults", None),
    ("copy", "GET", "copy?form=curl&since=1", None),
    ("advance", "POST", "clock/advance", {"by": "5m"}),
    ("auto", "POST", "clock/auto", {}),
    ("resume", "POST", "clock/resume", {}),
    ("freeze", "POST", "clock/freeze", {}),
    ("load_scenario", "POST", "scenario", {"setup": {"world": {"plan": "creator"}}}),
    ("reset", "POST", "reset", None),
]


async def test_answers_are_of_the_types_that_the_document_shows(emulate: Emulate) -> None:
    """Field by field: none is missing, none is more, each of its type."""
    api = emulate(webhooks=lambda _: httpx.Response(200))
    await api.upload("https://cdn.example/x.jpg", name="fs-fail-download-failed")
    await api.create(config={"webhook_config": {"endpoint": "https://hooks.example/x"}})
    await api.control("POST", "faults", {"fault": "status", "on": "GET account", "status": 429, "retry_after": 3})
    await api.http.get("/account/info")
    await api.control("POST", "clock/advance", {"by": "1m"})
    await api.created(prompt="fs-slow-task")
    assert {name for name, *_ in CALLS} == set(ANSWERS)
    for name, method, path, order in CALLS:
        msgspec.convert(await api.control(method, path, order), ANSWERS[name], strict=True)
    refused = await api.http.post("/_fakeseed/clock/advance", json={})
    msgspec.convert(refused.json(), Problem, strict=True)
