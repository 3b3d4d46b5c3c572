"""The table of the vendor's routes, and that everything which speaks of routes is made from it."""

import pytest

from fakeseed.faults.fault import ROUTES as FAULT_ROUTES
from fakeseed.faults.fault import TASK_ROUTES
from fakeseed.judge.entries import OTHER, route_of
from fakeseed.model.routes import ROUTES, match_path, match_request, path_pattern
from fakeseed.openapi.document import OPERATIONS, document
from fakeseed.piapi.routes import HANDLERS, handler_of


def filled(name: str) -> tuple[str, str]:
    """Method and path of a request on a route."""
    route = ROUTES[name]
    return route.method, route.fill(task_id="a", asset_id="asset-1", name="b.mp4")


@pytest.mark.parametrize("name", ROUTES)
def test_each_route_is_known_to_matching_judge_and_document(name: str) -> None:
    method, path = filled(name)
    assert match_request(method, path) is ROUTES[name]
    assert route_of(method, path) == name
    operation = document()["paths"][ROUTES[name].path][method.lower()]
    assert operation["operationId"] == ROUTES[name].operation_id


def test_router_faults_and_document_have_no_route_beside_the_table() -> None:
    assert HANDLERS.keys() | {"download file", "probe file"} == ROUTES.keys()
    assert {operation.route.name for operation in OPERATIONS} == ROUTES.keys()
    assert len(OPERATIONS) == len(ROUTES)
    assert {route.name for routes in FAULT_ROUTES.values() for route in routes} == ROUTES.keys()
    assert {"any", "POST task", "GET task", "DELETE task", "GET output"} == TASK_ROUTES


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/task/a/logs"),
        ("GET", "/api/v1/task/"),
        ("GET", "/api/v1/task"),
        ("PATCH", "/api/v1/task/a"),
        ("DELETE", "/api/v1/asset/list"),
        ("GET", "/api/v1/asset/upload"),
        ("GET", "/account/settings"),
        ("GET", "/api/v1/task/{task_id}/"),
        ("POST", "/api/v1/task\n"),
    ],
)
def test_request_without_a_row_is_unknown_to_all(method: str, path: str) -> None:
    assert match_request(method, path) is None
    assert handler_of(method, path) is None
    assert route_of(method, path) == OTHER


def test_braces_in_a_path_are_an_id_and_no_template() -> None:
    match = match_path("/api/v1/task/{task_id}")
    assert match is not None
    assert match[1] == {"task_id": "{task_id}"}


def test_a_parameter_may_stand_in_the_middle_of_a_path() -> None:
    pattern, parameter = path_pattern("/api/v1/task/{task_id}/logs")
    assert parameter == "task_id"
    match = pattern.fullmatch("/api/v1/task/abc/logs")
    assert match is not None
    assert match[1] == "abc"
    for path in ("/api/v1/task/abc", "/api/v1/task/a/b/logs", "/api/v1/task//logs", "/api/v1/task/abc/logs/"):
        assert pattern.fullmatch(path) is None
