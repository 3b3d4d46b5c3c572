"""Every path of the vendor's surface, in one list. What is asked for most comes first."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Route

from fakeseed.piapi import account, assets, tasks, uploads
from fakeseed.piapi.files import Files
from fakeseed.piapi.surface import Endpoint, Handler, Prepare, Surface, polled
from fakeseed.piapi.wire import OUTPUT_PATH

if TYPE_CHECKING:
    from fakeseed.render import RenderCache

PATHS: dict[str, Mapping[str, Handler]] = {
    "/api/v1/task/{task_id}": {"GET": polled(tasks.get), "DELETE": tasks.cancel},
    "/api/v1/task": {"POST": tasks.create},
    "/api/v1/asset/list": {"GET": polled(assets.listing)},
    "/api/v1/asset/upload": {"POST": assets.upload},
    "/api/v1/asset/{asset_id}": {"GET": polled(assets.get), "DELETE": assets.delete},
    "/account/info": {"GET": account.info},
    "/account/active_tasks": {"GET": account.active_tasks},
    "/api/open/tasks/histories": {"GET": account.histories},
    "/api/ephemeral_resource": {"POST": uploads.upload},
}


def vendor_routes(surface: Surface, videos: "RenderCache", measure: Prepare | None) -> list[BaseRoute]:
    """The routes over one universe. ``measure``, if given, looks at raw references before a task is decided."""
    prepare: dict[str, Mapping[str, Prepare]] = {"/api/v1/task": {"POST": measure}} if measure else {}
    routes: list[BaseRoute] = [
        Route(path, Endpoint(surface, handlers, prepare.get(path))) for path, handlers in PATHS.items()
    ]
    return [*routes, Route(f"{OUTPUT_PATH}/{{name}}", Files(surface, videos))]
