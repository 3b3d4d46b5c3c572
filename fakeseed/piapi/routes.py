"""The vendor's surface: what answers each row of the table of routes."""

from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

from fakeseed.model.routes import match_path
from fakeseed.piapi import account_api, assets_api, tasks_api, uploads_api
from fakeseed.piapi.cors import asked_by_page, preflight, readable
from fakeseed.piapi.dispatch import Dispatcher, Handler, NotFound, Prepare, polled
from fakeseed.piapi.files_api import Files
from fakeseed.piapi.responses import send_response

if TYPE_CHECKING:
    from fakeseed.media.render import RenderCache

HANDLERS: dict[str, Handler] = {
    "create task": tasks_api.create,
    "get task": polled(tasks_api.get),
    "cancel task": tasks_api.cancel,
    "upload assets": assets_api.upload,
    "list assets": polled(assets_api.listing),
    "get asset": polled(assets_api.get),
    "delete asset": assets_api.delete,
    "get account": account_api.info,
    "list active tasks": account_api.active_tasks,
    "list ended tasks": account_api.histories,
    "upload file": uploads_api.upload,
}
"""Name of a route -> handler; files have none, they are no unit of work of a key's world."""

TEMPLATE = "fakeseed.path_template"
"""Key of a request's scope: the path of its route, for figures by route."""


class VendorRouter:
    """Leads each request to what answers it.

    ``prepare``: name of a route -> what is found out outside the world before its handler decides.
    """

    def __init__(self, dispatcher: Dispatcher, videos: "RenderCache", prepare: dict[str, Prepare]) -> None:
        self._dispatcher = dispatcher
        self._files = Files(dispatcher, videos)
        self._not_found = NotFound(dispatcher)
        self._prepare = prepare

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match = match_path(scope["path"])
        if match is None:
            await self._not_found(scope, receive, send)
            return
        routes, scope["path_params"] = match
        if asked_by_page(scope):
            answer = preflight(scope, routes)
            if answer is not None:
                await send_response(send, answer)
                return
            send = readable(scope, send)
        route = routes.get(scope["method"])
        scope[TEMPLATE] = next(iter(routes.values())).path
        if route is None:
            await self._not_found(scope, receive, send)
        elif (handler := HANDLERS.get(route.name)) is not None:
            await self._dispatcher.serve(scope, receive, send, route, handler, self._prepare.get(route.name))
        else:
            await self._files(scope, receive, send, route)


def handler_of(method: str, path: str) -> tuple[Handler, dict[str, str]] | None:
    """The handler of a request and the values of its path's parameters."""
    match = match_path(path)
    route = match[0].get(method) if match else None
    handler = HANDLERS.get(route.name) if route else None
    return (handler, match[1]) if match and handler else None
