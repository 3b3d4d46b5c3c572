"""Listens for webhooks, and polls all the same; a message only ends the pause between two polls."""

import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.zoo.clients.driving import drive, finish
from tests.zoo.clients.sync_httpx import send
from tests.zoo.clients.workflow import Habits

SECRET = "a-secret-of-its-own"
arrived = threading.Event()


class Handler(BaseHTTPRequestHandler):
    """Answers at once; a message with another secret is refused."""

    def do_POST(self) -> None:
        """One message."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        trusted = hmac.compare_digest((self.headers.get("X-Webhook-Secret") or "").encode(), SECRET.encode())
        if trusted and (json.loads(body).get("data") or {}).get("status") in ("completed", "failed"):
            arrived.set()
        self.send_response(200 if trusted else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


def pause(seconds: float) -> None:
    """Wait, or until a message came."""
    arrived.wait(seconds)
    arrived.clear()


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    webhook = {"endpoint": f"http://127.0.0.1:{server.server_port}/hook", "secret": SECRET}
    finish(lambda: drive(Habits(webhook=webhook, first_pause=15.0, longest_pause=60.0), send, pause))
