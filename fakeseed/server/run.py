"""The process: a socket that is bound before anything else, uvicorn on it, and a clean end."""

import asyncio
import contextlib
import errno
import gc
import logging
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Literal

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from fakeseed.control.ending import ENDING, Ending
from fakeseed.errors import StartError
from fakeseed.server.protocol import Protocol
from fakeseed.world.journal import without_query_secrets

if TYPE_CHECKING:
    import ssl

BACKLOG = 2048
GRACE_SECONDS = 1
START_SECONDS = 30


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 picks a free one. Raises StartError with the next step when it cannot be had."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return _listening(socket.socket(family, socket.SOCK_STREAM), host, port)
    except (OSError, OverflowError, UnicodeError) as problem:
        raise StartError(f"cannot listen on {host}:{port}: {_cause(problem)}", _next_step(problem, port)) from None


def _listening(listener: socket.socket, host: str, port: int) -> socket.socket:
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
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


def url_of(listener: socket.socket, scheme: str = "http") -> str:
    """Where a person on this machine reaches a listening socket."""
    host, port = listener.getsockname()[:2]
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"{scheme}://{reachable}:{port}"


def ending_well(app: ASGIApp, ending: Ending) -> ASGIApp:
    """The application, answering 503 where the server's end cuts a request off; uvicorn would print a traceback."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        scope[ENDING] = ending
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            if scope["type"] != "http":
                raise
            with contextlib.suppress(RuntimeError):  # the answer had begun
                headers = [(b"content-length", b"0"), (b"connection", b"close")]
                await send({"type": "http.response.start", "status": 503, "headers": headers})
                await send({"type": "http.response.body"})

    return served


def _without_secrets(record: logging.LogRecord) -> bool:
    """Blot out what the query of a request that is logged holds of secrets."""
    if isinstance(record.args, tuple):
        record.args = tuple(without_query_secrets(arg) if isinstance(arg, str) else arg for arg in record.args)
    return True


class Server(uvicorn.Server):
    """uvicorn, quick where the machine allows it, silent but for problems, telling when it is ready."""

    def __init__(
        self,
        app: ASGIApp,
        ready: Callable[[], None],
        *,
        access_log: bool = False,
        tls: "ssl.SSLContext | None" = None,
        own_log: bool = False,
        lifespan: Literal["on", "off"] = "on",
    ) -> None:
        self._ending = Ending()
        super().__init__(
            uvicorn.Config(
                ending_well(app, self._ending),
                http=Protocol,
                ws="none",
                lifespan=lifespan,
                log_level="info" if access_log else "warning",
                access_log=access_log and not own_log,
                log_config=None if own_log else uvicorn.config.LOGGING_CONFIG,
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._ready = ready
        self.config.load()
        self.config.ssl = tls  # uvicorn would make its own, from files alone
        logging.getLogger("uvicorn.access").addFilter(_without_secrets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End, after streams have heard of it."""
        self._ending.begin()
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so once requests are answered."""
        await super().startup(sockets)
        if self.started:
            self._ready()


def serve(
    app: ASGIApp,
    listener: socket.socket,
    *,
    access_log: bool,
    ready: Callable[[], None],
    tls: "ssl.SSLContext | None" = None,
    own_log: bool = False,
) -> None:
    """Serve until a signal comes; ``ready`` is called when the first request can be answered.

    ``own_log``: whoever calls has set up logging.
    """
    # uvicorn raises the signal again after its own end; by default SIGTERM would then skip what callers clean up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    gc.freeze()  # what is there at the start stays; the collector need not look through it again and again
    with contextlib.suppress(KeyboardInterrupt):
        Server(app, ready, access_log=access_log, tls=tls, own_log=own_log).run([listener])


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


@contextlib.asynccontextmanager
async def listening(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve on the running loop for as long as the context lasts, an application that runs already; gives the URL.

    Raises StartError.
    """
    listener = bind(host, port)
    ready = asyncio.Event()
    server = Server(app, ready.set, lifespan="off")
    serving = asyncio.create_task(server.serve([listener]))
    try:
        await ready.wait()
        yield url_of(listener)
    finally:
        server.should_exit = True
        await serving
        listener.close()
