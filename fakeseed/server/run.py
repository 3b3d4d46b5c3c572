"""The process: a socket that is bound before anything else, uvicorn on it, and a clean end."""

import asyncio
import contextlib
import errno
import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, Literal

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from fakeseed.control.ending import ENDING, ServerEnd
from fakeseed.errors import StartError
from fakeseed.server.protocol import KEEP_ALIVE_SECONDS, Straight, connection_class, expire_connections
from fakeseed.world.clock import seconds_passed
from fakeseed.world.journal import without_url_secrets

if TYPE_CHECKING:
    import ssl

BACKLOG = 2048
GRACE_SECONDS = 1
OVERDUE_SECONDS = 2.3
LAST_SECONDS = 0.5
"""Real seconds from the signal to end until the main thread is torn from what it waits for, and then until the end."""
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


def ending_well(app: ASGIApp, ending: ServerEnd) -> ASGIApp:
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
        record.args = tuple(without_url_secrets(arg) if isinstance(arg, str) else arg for arg in record.args)
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
        straight: Straight | None = None,
    ) -> None:
        self._ending = ServerEnd()
        super().__init__(
            uvicorn.Config(
                ending_well(app, self._ending),
                http=connection_class(straight),  # type: ignore[arg-type]
                ws="none",
                lifespan=lifespan,
                log_level="info" if access_log else "warning",
                access_log=access_log and not own_log,
                log_config=None if own_log else uvicorn.config.LOGGING_CONFIG,
                server_header=False,
                date_header=False,
                proxy_headers=False,  # --public-url says where we are, and no client's X-Forwarded-Proto
                forwarded_allow_ips="",
                workers=1,  # else both come from the environment, which means them for other servers
                timeout_keep_alive=int(KEEP_ALIVE_SECONDS),
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._ready = ready
        self.ends_process = False
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

    async def on_tick(self, counter: int) -> bool:
        """Once a second, end connections that have lasted too long."""
        if counter % 10 == 0:
            expire_connections(self.server_state.connections, seconds_passed())
        return await super().on_tick(counter)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the process's signals only where the server is the process; inside another program they are not ours."""
        if not self.ends_process:
            yield
            return
        with super().capture_signals():
            yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; a process of its own then ends within three seconds, whatever is pending."""
        if self.ends_process and not self.should_exit:
            _end_for_sure()
        super().handle_exit(sig, frame)


def _end_for_sure() -> None:
    """After ``OVERDUE_SECONDS`` leave what blocks the main thread, then the process, whatever threads still run."""

    def watch() -> None:
        overdue = threading.Event()
        overdue.wait(OVERDUE_SECONDS)
        if hasattr(signal, "pthread_kill"):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        overdue.wait(LAST_SECONDS)
        os._exit(0)

    threading.Thread(target=watch, name="fakeseed end", daemon=True).start()


def serve(
    app: ASGIApp,
    listener: socket.socket,
    *,
    access_log: bool,
    ready: Callable[[], None],
    tls: "ssl.SSLContext | None" = None,
    own_log: bool = False,
    straight: Straight | None = None,
) -> None:
    """Serve until a signal comes; ``ready`` is called when the first request can be answered.

    ``own_log``: whoever calls has set up logging.
    """
    # uvicorn raises the signal again after its own end; by default SIGTERM would then skip what callers clean up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = Server(app, ready, access_log=access_log, tls=tls, own_log=own_log, straight=straight)
    server.ends_process = True
    on_hang_up(lambda: server.handle_exit(signal.SIGTERM, None))
    gc.freeze()  # what is there at the start stays; the collector need not look through it again and again
    with contextlib.suppress(KeyboardInterrupt):
        server.run([listener])


def on_hang_up(act: Callable[[], object]) -> None:
    """What to do when the terminal goes; nothing where ``nohup`` had the signal ignored, or where there is none."""
    hang_up = getattr(signal, "SIGHUP", None)
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:
        signal.signal(hang_up, lambda *_: act())


def _not_started() -> StartError:
    return StartError("the server did not start", "run `fakeseed serve` to see why")


@contextlib.contextmanager
def in_thread(
    app: ASGIApp, host: str = "127.0.0.1", port: int = 0, *, straight: Straight | None = None
) -> Iterator[str]:
    """Serve in a thread for as long as the context lasts; gives the URL. Raises StartError when it does not start."""
    listener = bind(host, port)
    ready = threading.Event()
    server = Server(app, ready.set, straight=straight)
    thread = threading.Thread(target=server.run, args=([listener],), name="fakeseed", daemon=True)
    thread.start()
    try:
        if not ready.wait(START_SECONDS):
            raise _not_started()
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
        try:
            await asyncio.wait_for(ready.wait(), START_SECONDS)
        except TimeoutError:
            raise _not_started() from None
        yield url_of(listener)
    finally:
        server.should_exit = True
        await serving
        listener.close()
