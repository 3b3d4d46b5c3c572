"""The process: a socket that is bound before anything else, uvicorn on it, and a clean end."""

import contextlib
import errno
import socket
import threading
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from fakeseed.errors import StartError
from fakeseed.server.protocol import Protocol

BACKLOG = 2048
GRACE_SECONDS = 1
START_SECONDS = 30


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 picks a free one. Raises StartError with the next step when it cannot be had."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as problem:
        raise StartError(f"cannot listen on {host}:{port}: {_cause(problem)}", _next_step(problem, port)) from None
    return listener


def _cause(problem: Exception) -> str:
    if isinstance(problem, OSError) and problem.errno == errno.EADDRINUSE:
        return "the port is in use"
    return getattr(problem, "strerror", None) or str(problem)


def _next_step(problem: Exception, port: int) -> str:
    if isinstance(problem, OSError) and problem.errno == errno.EADDRINUSE:
        return "stop what listens there, or take a free port with --port 0"
    if isinstance(problem, OSError) and problem.errno == errno.EACCES:
        return "take a port above 1023"
    return "check --host and --port"


def url_of(listener: socket.socket) -> str:
    """Where a person on this machine reaches a listening socket."""
    host, port = listener.getsockname()[:2]
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{reachable}:{port}"


class Server(uvicorn.Server):
    """uvicorn, quick where the machine allows it, silent but for problems, telling when it is ready."""

    def __init__(self, app: ASGIApp, ready: Callable[[], None], *, access_log: bool = False) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Protocol,
                ws="none",
                lifespan="on",
                log_level="info" if access_log else "warning",
                access_log=access_log,
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so once requests are answered."""
        await super().startup(sockets)
        if self.started:
            self._ready()


def serve(app: ASGIApp, listener: socket.socket, *, access_log: bool, ready: Callable[[], None]) -> None:
    """Serve until a signal comes; ``ready`` is called when the first request can be answered."""
    with contextlib.suppress(KeyboardInterrupt):
        Server(app, ready, access_log=access_log).run([listener])


@contextlib.contextmanager
def in_thread(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve in a thread for as long as the context lasts; gives the URL. Raises StartError when it does not start."""
    listener = bind(host, port)
    ready = threading.Event()
    server = Server(app, ready.set)
    thread = threading.Thread(target=server.run, args=([listener],), name="fakeseed", daemon=True)
    thread.start()
    try:
        if not ready.wait(START_SECONDS):
            raise StartError("the server did not start", "run `fakeseed serve` to see why")
        yield url_of(listener)
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
        listener.close()
