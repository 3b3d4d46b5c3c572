"""Pages of other origins: they may call the vendor's endpoints, and never the control API."""

import pytest

from tests.conftest import Api

pytestmark = pytest.mark.anyio
PAGE = {"origin": "https://page.example"}


async def test_preflight_and_answer_let_a_page_read(api: Api) -> None:
    question = {**PAGE, "access-control-request-method": "POST", "access-control-request-headers": "x-api-key"}
    answer = await api.http.request("OPTIONS", "/api/v1/task", headers=question)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, "*")
    assert answer.headers["access-control-allow-headers"] == "x-api-key"
    assert answer.headers["access-control-allow-methods"] == "POST"
    for path in ("/api/v1/asset/list", "/api/v1/task/none", "/ephemeral/none.mp4"):
        assert (await api.http.get(path, headers=PAGE)).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in (await api.http.get("/api/v1/asset/list")).headers


async def test_options_without_a_question_is_no_page(api: Api) -> None:
    assert (await api.http.request("OPTIONS", "/api/v1/task", headers=PAGE)).status_code == 404
    assert (await api.http.request("OPTIONS", "/api/v1/task")).status_code == 404


@pytest.mark.parametrize("method", ["OPTIONS", "GET"])
async def test_control_api_lets_no_page_in(api: Api, method: str) -> None:
    headers = {**PAGE, "access-control-request-method": "GET"}
    answer = await api.http.request(method, "/_fakeseed/world", headers=headers)
    assert answer.status_code in (403, 404, 405)
    assert "access-control-allow-origin" not in answer.headers


async def test_answer_that_a_fault_changes_is_read_by_a_page_as_well(api: Api) -> None:
    await api.control("POST", "faults", {"fault": "status", "status": 503, "always": True, "on": "any"})
    answer = await api.http.get("/api/v1/asset/list", headers=PAGE)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (503, "*")
