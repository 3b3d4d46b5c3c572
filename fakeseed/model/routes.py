"""The table of the vendor's routes: the one place that says which calls exist.

The router, the routes that faults can be on, the judge's names, the steps of scenarios and the operations of the
OpenAPI document are made from it, so a call that has no row is unknown to all of them alike.
"""

import re
from typing import Literal

import msgspec

OUTPUT_PATH = "/ephemeral"
"""Where files behind URLs live: the path of the vendor's own store."""

Subject = Literal["task", "tasks", "asset", "assets", "account", "upload", "output"]


class VendorRoute(msgspec.Struct, frozen=True, gc=False):
    """One method of one path.

    ``subject`` is what the call makes or shows. ``on`` is the word for it in orders that arm faults; routes may share
    one, and a route without one is met only by faults on any route.
    """

    name: str
    method: str
    path: str
    subject: Subject
    on: str = ""

    @property
    def operation_id(self) -> str:
        """The name as the OpenAPI document writes it: ``create task`` is ``createTask``."""
        verb, *nouns = self.name.split()
        return verb + "".join(noun.capitalize() for noun in nouns)

    @property
    def pattern(self) -> str:
        """The path with ``*`` in the place of each parameter."""
        return _PARAMETER.sub("*", self.path)

    @property
    def about_task(self) -> bool:
        """Whether its requests are about one task."""
        return self.subject in ("task", "output")

    def fill(self, **values: str) -> str:
        """The path of one record."""
        return self.path.format(**values)


_PARAMETER = re.compile(r"\{(\w+)\}")
_TASK = "/api/v1/task/{task_id}"
_ASSET = "/api/v1/asset/{asset_id}"
_FILE = f"{OUTPUT_PATH}/{{name}}"

ROUTES: dict[str, VendorRoute] = {
    route.name: route
    for route in (
        VendorRoute("create task", "POST", "/api/v1/task", "task", "POST task"),
        VendorRoute("get task", "GET", _TASK, "task", "GET task"),
        VendorRoute("cancel task", "DELETE", _TASK, "task", "DELETE task"),
        VendorRoute("upload assets", "POST", "/api/v1/asset/upload", "asset", "POST asset"),
        VendorRoute("list assets", "GET", "/api/v1/asset/list", "assets", "GET assets"),
        VendorRoute("get asset", "GET", _ASSET, "asset", "GET asset"),
        VendorRoute("delete asset", "DELETE", _ASSET, "asset", "DELETE asset"),
        VendorRoute("get account", "GET", "/account/info", "account", "GET account"),
        VendorRoute("list active tasks", "GET", "/account/active_tasks", "tasks", "GET account"),
        VendorRoute("list ended tasks", "GET", "/api/open/tasks/histories", "tasks", "GET histories"),
        VendorRoute("upload file", "POST", "/api/ephemeral_resource", "upload", "POST upload"),
        VendorRoute("download file", "GET", _FILE, "output", "GET output"),
        VendorRoute("probe file", "HEAD", _FILE, "output"),
    )
}
"""Name -> route. A literal path stands before one with a parameter that would fit it."""

BY_PATH: dict[str, dict[str, VendorRoute]] = {
    path: {route.method: route for route in ROUTES.values() if route.path == path}
    for path in dict.fromkeys(route.path for route in ROUTES.values())
}
"""Path -> method -> route."""


def path_pattern(path: str) -> tuple[re.Pattern[str], str]:
    """What fits a path with one parameter, wherever it stands in it, and the parameter's name."""
    head, parameter, tail = _PARAMETER.split(path)
    return re.compile(f"{re.escape(head)}([^/]+){re.escape(tail)}", re.DOTALL), parameter


_WITH_PARAMETER = tuple((*path_pattern(path), routes) for path, routes in BY_PATH.items() if "{" in path)

Methods = dict[str, VendorRoute]


def match_path(path: str) -> tuple[Methods, dict[str, str]] | None:
    """The routes of a path by method, and the values of its parameters; None where no route has this path."""
    literal = BY_PATH.get(path)
    if literal is not None and "{" not in path:
        return literal, {}
    for pattern, parameter, routes in _WITH_PARAMETER:
        match = pattern.fullmatch(path)
        if match is not None:
            return routes, {parameter: match[1]}
    return None


def match_request(method: str, path: str) -> VendorRoute | None:
    """The route of a request, None where there is none."""
    match = match_path(path)
    return None if match is None else match[0].get(method)
