"""Every path of the vendor's surface, in one list. What is asked for most comes first."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Route

from fakeseed.piapi import account_api, assets_api, tasks_api, uploads_api
from fakeseed.piapi.dispatch import Dispatcher, Endpoint, Handler, Prepare, polled
from fakeseed.piapi.files_api import Files
from fakeseed.piapi.wire import OUTPUT_PATH

if TYPE_CHECKING:
    from fakeseed.media.render import RenderCache

PATHS: dict[str, Mapping[str, Handler]] = {
    "/api/v1/task/{task_id}": {"GET": polled(tasks_api.get), "DELETE": tasks_api.cancel},
    "/api/v1/task": {"POST": tasks_api.create},
    "/api/v1/asset/list": {"GET": polled(assets_api.listing)},
    "/api/v1/asset/upload": {"POST": assets_api.upload},
    "/api/v1/asset/{asset_id}": {"GET": polled(assets_api.get), "DELETE": assets_api.delete},
    "/account/info": {"GET": account_api.info},
    "/account/active_tasks": {"GET": account_api.active_tasks},
    "/api/open/tasks/histories": {"GET": account_api.histories},
    "/api/ephemeral_resource": {"POST": uploads_api.upload},
}


def vendor_routes(dispatcher: Dispatcher, videos: "RenderCache", measure: Prepare | None) -> list[BaseRoute]:
    """The routes over one universe. ``measure``, if given, looks at raw references before a task is decided."""
    prepare: dict[str, Mapping[str, Prepare]] = {"/api/v1/task": {"POST": measure}} if measure else {}
    routes: list[BaseRoute] = [
        Route(path, Endpoint(dispatcher, handlers, prepare.get(path))) for path, handlers in PATHS.items()
    ]
    return [*routes, Route(f"{OUTPUT_PATH}/{{name}}", Files(dispatcher, videos))]
