"""Keeps a target fit for thousands of calls: what they leave behind is taken away on the go."""

from collections import deque
from types import TracebackType
from typing import Any

import httpx

KEPT = 100
"""Assets that are left for stories that are under way."""
CREATES = 25
"""Creates with auto-upload between two moves of the clock, which free the places that they hold."""


class Cleanup:
    """Deletes old assets; where the clock can be held, lets time pass so that ephemeral ones go."""

    def __init__(self, url: str, key: str, *, control: bool) -> None:
        # Who has the control API is an emulator, which no proxy of the environment leads to.
        self._http = httpx.Client(base_url=url, headers={"X-API-Key": key}, timeout=60, trust_env=not control)
        self._control = control
        self._assets: deque[str] = deque()
        self._creates = 0

    def after_call(self, case: Any, response: Any) -> None:
        """Look at what a call has left behind."""
        if case.method != "POST" or response.status_code >= 300:
            return
        body = _object(response)
        if case.path == "/api/v1/asset/upload":
            self._assets += [entry["asset_id"] for entry in body.get("results", [body]) if "asset_id" in entry]
            self._delete(KEPT)
        elif case.path == "/api/v1/task" and self._control:
            self._creates += "auto_upload_assets" in body["data"]["input"]
            if self._creates >= CREATES:
                self._creates = 0
                self._http.post("/_fakeseed/clock/advance", json={"by": "8h"}).raise_for_status()

    def forget(self) -> None:
        """The world is fresh; nothing is left of what was there."""
        self._assets.clear()
        self._creates = 0

    def _delete(self, limit: int) -> None:
        while len(self._assets) > limit:
            self._http.delete(f"/api/v1/asset/{self._assets.popleft()}")

    def __enter__(self) -> "Cleanup":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._delete(0)
        self._http.close()


def _object(response: Any) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
