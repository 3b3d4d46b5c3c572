"""Points on a live target: none are spent but what ``--spend`` allows, and the price is known before."""

from typing import Any

import httpx
import pytest

from .prices import dearest

LONGEST = 30
"""Seconds of the longest output that any type makes."""
INPUT = 16
"""Seconds of input videos that a task may have, rounded up."""


class Budget:
    """What may still be spent. A call is reserved at the most that it could cost and settled when it is answered."""

    def __init__(self, points: int) -> None:
        self.points = points
        self.spent = 0
        self._reserved = 0

    def reserve(self, body: Any) -> None:
        """Set the most that a create could cost aside, or skip the check that wants it."""
        most = dearest_price(body)
        if most > self.points - self.spent:
            available = self.points - self.spent
            pytest.skip(
                f"not reachable: this create may cost up to {most:,} points and {available:,} may be spent (--spend)"
            )
        self._reserved = most

    def settle(self, answer: httpx.Response) -> None:
        """Count what an accepted create costs; a refused one costs nothing."""
        reserved, self._reserved = self._reserved, 0
        if reserved and answer.status_code < 400:
            self.spent += _charged(answer, reserved)


def _charged(answer: httpx.Response, at_most: int) -> int:
    try:
        usage = answer.json()["data"]["meta"]["usage"]
        return int(usage["frozen"] + usage["consume"]) or at_most
    except (ValueError, KeyError, TypeError):
        return at_most


def dearest_price(body: Any) -> int:
    """The most that a create with this body could cost, whatever period holds and however it is read."""
    body = body if isinstance(body, dict) else {}
    fields = body.get("input") if isinstance(body.get("input"), dict) else {}
    seconds = fields.get("duration") or 5
    seconds = seconds if isinstance(seconds, int) and 0 < seconds <= LONGEST else LONGEST
    inputs = INPUT if fields.get("video_urls") or fields.get("auto_upload_assets") else 0
    rate = dearest(body.get("task_type"), fields.get("resolution"))
    return rate * seconds + rate * inputs // 2
