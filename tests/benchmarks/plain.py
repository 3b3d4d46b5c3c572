"""The yardstick: plain Starlette with JSON endpoints of the same body size, under the same uvicorn settings."""

import json
import sys
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from fakeseed.server.run import bind, url_of

BODY = json.loads(Path(sys.argv[1]).read_text()) if len(sys.argv) > 1 else {"status": "ok"}


async def get(_: Request) -> JSONResponse:
    """Answer a fixed document."""
    return JSONResponse(BODY)


async def post(request: Request) -> JSONResponse:
    """Read JSON, answer a fixed document."""
    await request.json()
    return JSONResponse(BODY)


app = Starlette(
    routes=[Route("/api/v1/task/{task_id}", get), Route("/api/v1/task", post, methods=["POST"]), Route("/health", get)]
)


def main() -> None:
    """Serve as plain uvicorn does, with fakeseed's settings but none of its parts."""
    import uvicorn

    listener = bind("127.0.0.1", 0)
    print(url_of(listener), flush=True)
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
    )
    uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    main()
