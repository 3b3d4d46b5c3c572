"""Who takes the webhooks of a run."""

from typing import Any

import httpx
import msgspec

from fakeseed.world.journal import SECRET_HEADER

WEBHOOK = "http://receiver.example/webhook"
"""Where ``${webhook}`` leads: nowhere but here."""


class Message(msgspec.Struct, frozen=True):
    """One webhook that came: while which step, with which secret."""

    during: int
    body: dict[str, Any]
    secret: str | None


class Receiver:
    """Answers webhooks in turn and keeps them."""

    def __init__(self) -> None:
        self.begin((200,))

    def begin(self, answers: tuple[int, ...]) -> None:
        """Forget what came, for another run."""
        self.messages: list[Message] = []
        self.step = 0
        self._answers = answers or (200,)

    def transport(self) -> httpx.MockTransport:
        """What the server sends through."""
        return httpx.MockTransport(self._take)

    def _take(self, request: httpx.Request) -> httpx.Response:
        status = self._answers[min(len(self.messages), len(self._answers) - 1)]
        body = msgspec.json.decode(request.content)
        self.messages.append(Message(self.step, body, request.headers.get(SECRET_HEADER)))
        if not status:
            raise httpx.ConnectError("the receiver does not answer")
        return httpx.Response(status)
