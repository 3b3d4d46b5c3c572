"""The correct client with a receiver of webhooks: it takes a message for a hint, and looks for itself."""

import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.zoo.correct import CorrectClient, Json

SECRET = "a-secret-of-its-own"


class Receiver(ThreadingHTTPServer):
    """Takes messages with the right secret, each once; ``inbox`` holds what is new."""

    daemon_threads = True

    def __init__(self, client: "HookedClient") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.client = client
        self.inbox: list[Json] = []
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}/hook"

    def end(self) -> None:
        """Stop listening."""
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        """One message."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status = self.server.client.taken(self.headers.get("X-Webhook-Secret") or "", body)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class HookedClient(CorrectClient):
    """Makes videos whose end is told by a webhook, and asks when nobody tells."""

    secret = SECRET
    every = 20.0
    silence = 300.0
    """Seconds without a message after which it asks by itself."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.seen: set[tuple[str, str]] = set()
        self.receiver = Receiver(self)

    def close(self) -> None:
        """Let go of everything."""
        self.receiver.end()
        super().close()

    def taken(self, secret: str, body: bytes) -> int:
        """Judge a message and keep it; what is answered is quick, the work comes later."""
        if not hmac.compare_digest(secret.encode(), self.secret.encode()):
            return 401
        task = json.loads(body).get("data") or {}
        if self.is_new(task):
            self.receiver.inbox.append(task)
        return 200

    def is_new(self, task: Json) -> bool:
        """Whether this task was not told of with this status before."""
        notice = (str(task.get("task_id")), str(task.get("status")))
        new = notice not in self.seen
        self.seen.add(notice)
        return new

    def config(self) -> Json:
        """Where to send messages."""
        return {"webhook_config": {"endpoint": self.receiver.url, "secret": self.secret}}

    def hooked_video(self, prompt: str) -> list[bytes]:
        """A video as soon as it is told of, or after a silence; stays a while for what else may come."""
        task_id = self.order(prompt, config=self.config())
        videos = self.notified(task_id) or [self.poll_instead(task_id)]
        for _ in range(5):
            self.pause(self.every)
            videos += self.process_messages(task_id)
        return videos

    def notified(self, task_id: str) -> list[bytes]:
        """What messages brought, within the silence that it bears."""
        waited = 0.0
        while waited < self.silence:
            fetched = self.process_messages(task_id)
            if fetched:
                return fetched
            self.pause(self.every)
            waited += self.every
        return []

    def process_messages(self, task_id: str) -> list[bytes]:
        """Do what the messages about a task ask for: read its state, and fetch the video if it is there."""
        mine = [notice for notice in self.receiver.inbox if notice.get("task_id") == task_id]
        self.receiver.inbox = [notice for notice in self.receiver.inbox if notice not in mine]
        return [self.fetched(notice) for notice in mine if notice.get("status") in ("completed", "failed")]

    def fetched(self, message: Json) -> bytes:
        """The video that a message tells of, by the task's own word."""
        return self.fetch(str(message["task_id"]))

    def poll_instead(self, task_id: str) -> bytes:
        """Nobody told: ask."""
        return self.fetch(task_id)
