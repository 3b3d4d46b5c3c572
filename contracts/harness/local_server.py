"""A small server on this machine: it receives webhooks and serves source files."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Received(NamedTuple):
    """One webhook attempt as it came in. Header names in lower case."""

    method: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class LocalServer:
    """Answers POST on ``/hook`` with the statuses it is told (200 when none is left), on ``/hook/500`` always with that
    one, and GET with its files.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: list[int] = []
        self.files: dict[str, tuple[bytes, str]] = {}
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> "LocalServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def base_url(self) -> str:
        """Where it is reached on this machine."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def hook(self) -> str:
        """Where it takes webhooks."""
        return f"{self.base_url}/hook"

    def config(self, secret: str | None = None) -> dict[str, Any]:
        """``config`` of a task that tells this server of its end."""
        named = {"endpoint": self.hook} | ({} if secret is None else {"secret": secret})
        return {"webhook_config": named}

    def serve(self, name: str, body: bytes, content_type: str) -> str:
        """Serve a file; gives its URL."""
        self.files[f"/{name}"] = (body, content_type)
        return f"{self.base_url}/{name}"

    def forget(self) -> None:
        """Begin anew."""
        self.received.clear()
        self.answers.clear()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that goes away in the middle is no mistake."""


def _handler(local_server: LocalServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            local_server.received.append(Received("POST", headers, body))
            named = self.path.rpartition("/")[2]
            status = local_server.answers.pop(0) if local_server.answers else 200
            self._answer(int(named) if named.isdigit() else status)

        def do_GET(self) -> None:
            body, kind = local_server.files.get(self.path, (b"", "text/plain"))
            self._answer(200 if body else 404, body, kind)

        def _answer(self, status: int, body: bytes = b"", kind: str = "text/plain") -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    return Handler
