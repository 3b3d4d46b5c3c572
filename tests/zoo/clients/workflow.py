"""What a correct client does, without any I/O: a generator that yields requests and pauses, and is sent responses.

The programs beside this one drive it with different HTTP libraries and kinds of concurrency.
"""

import json
import random  # noqa: TID251 - a client has its own chance
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

PERSON = "https://cdn.example/person.jpg"
MODEL = "seedance-2-less-restriction"
MINUTE = 60.0


@dataclass
class Request:
    """A request to send; ``with_key`` for the API, not for files."""

    method: str
    target: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    with_key: bool = True


@dataclass
class Pause:
    """Seconds to wait."""

    seconds: float


@dataclass
class Response:
    """What came: status 0 when nothing did, and ``whole`` False when the body broke off."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    whole: bool = False


@dataclass
class Habits:
    """How a client differs from others that are as correct."""

    first_pause: float = 3.0
    longest_pause: float = 30.0
    patience: float = 100 * MINUTE
    asset_by_list: bool = False
    deletes: bool = True
    webhook: dict[str, str] | None = None
    prompt: str = "Image 1 is the person. The person walks."


Steps = Generator[Request | Pause, Any, Any]


class ClientError(Exception):
    """The client gives up, and says why."""


class UnclearError(ClientError):
    """No usable response: the request may have taken effect. ``wait``: seconds that the server asked for."""

    def __init__(self, message: str, status: int = 0, wait: float = 0.0) -> None:
        super().__init__(message)
        self.status, self.wait = status, wait


class Workflow:
    """Makes one video with a person in it."""

    def __init__(self, habits: Habits) -> None:
        self.habits = habits
        self._chance = random.Random(habits.prompt)

    def run(self) -> Steps:
        """The whole of it; returns the video."""
        asset_id = yield from self.asset()
        task_id = yield from self.create(asset_id)
        video: bytes = yield from self.fetch(task_id)
        if self.habits.deletes:
            yield Request("DELETE", f"/api/v1/asset/{asset_id}")
        return video

    # -- one request --------------------------------------------------------------------------------------------------

    def call(self, method: str, path: str, body: Any = None) -> Steps:
        """One request; returns the JSON object of a good response. Raises ClientError for a refusal, UnclearError."""
        response: Response = yield Request(method, path, body)
        wait = float(response.headers.get("retry-after", "0") if response.status == 429 else "0")
        try:
            data = json.loads(response.body) if response.whole else None
        except ValueError:
            data = None
        data = data if isinstance(data, dict) else None
        status = response.status
        if data and status < 400 and isinstance(data.get("code"), int):
            status = data["code"]
        message = f"{method} {path}: {status or 'no response'} {json.dumps(data)[:300] if data else ''}"
        if not response.whole or status == 429 or status >= 500 or (data is None and status < 400):
            raise UnclearError(message, status, wait)
        if status >= 400:
            raise ClientError(message)
        return data

    def read(self, path: str) -> Steps:
        """A GET, repeated a few times while that may help."""
        for attempt in range(6):
            try:
                return (yield from self.call("GET", path))
            except UnclearError as error:
                last = error
                yield self.pause(attempt, error.wait)
        raise ClientError(str(last))

    def pause(self, attempt: int, least: float = 0.0) -> Pause:
        """Longer with each attempt, and never in step with others."""
        seconds = min(self.habits.first_pause * 1.4**attempt, self.habits.longest_pause)
        return Pause(max(seconds, least) * (1 + 0.3 * self._chance.random()))

    def rounds(self) -> Generator[Pause, Any, Any]:
        """The pauses of a bounded wait."""
        waited, attempt = 0.0, 0
        while waited < self.habits.patience:
            pause = self.pause(attempt)
            waited, attempt = waited + pause.seconds, attempt + 1
            yield pause

    # -- the asset ----------------------------------------------------------------------------------------------------

    def library(self) -> Steps:
        """All assets, page by page."""
        items: list[Any] = []
        for page in range(1, 50):
            listed = (yield from self.read(f"/api/v1/asset/list?page={page}&size=100")).get("items") or []
            items += listed
            if len(listed) < 100:
                break
        return items

    def in_library(self) -> Steps:
        """The id of the person's asset, if there is one that did not fail."""
        for item in (yield from self.library()):
            if item.get("url") == PERSON and str(item.get("status")).lower() != "failed":
                return item["asset_id"]
        return None

    def asset(self) -> Steps:
        """An Active asset of the person."""
        asset_id = yield from self.in_library()
        body = {"url": PERSON, "asset_type": "Image", "name": "person"}
        for attempt in range(4):
            if asset_id:
                break
            try:
                asset_id = (yield from self.call("POST", "/api/v1/asset/upload", body)).get("asset_id")
            except UnclearError as error:
                if attempt == 3:
                    raise
                yield self.pause(attempt, max(error.wait, MINUTE if "quota" in str(error) else 0.0))
                asset_id = yield from self.in_library()
        if not asset_id:
            raise ClientError("the upload was answered without an id")
        yield from self.until_active(asset_id)
        return asset_id

    def until_active(self, asset_id: str) -> Steps:
        """Wait until the asset is Active."""
        absent = 0
        for pause in self.rounds():
            try:
                record = yield from self.asset_record(asset_id)
            except UnclearError as error:
                yield Pause(error.wait)
                record = {}
            status = str(record.get("status")).lower()
            absent += record.get("asset_id") is None
            if status == "active":
                return
            if status == "failed":
                raise ClientError(f"asset {asset_id} failed: {record.get('error')}")
            if absent > 12:
                raise ClientError(f"asset {asset_id} is nowhere to be seen")
            yield pause
        raise ClientError(f"asset {asset_id} is not Active after {self.habits.patience:g} s")

    def asset_record(self, asset_id: str) -> Steps:
        """The asset by its id, or from the list."""
        if not self.habits.asset_by_list:
            return (yield from self.call("GET", f"/api/v1/asset/{asset_id}"))
        items = yield from self.library()
        return next((item for item in items if item.get("asset_id") == asset_id), {})

    # -- the task -----------------------------------------------------------------------------------------------------

    def tasks(self) -> Steps:
        """Tasks that run or ended lately: id -> type."""
        active = (yield from self.read("/account/active_tasks")).get("data") or {}
        ended = (yield from self.read("/api/open/tasks/histories?page=1&page_size=50")).get("data") or []
        parts = [ended] if isinstance(ended, list) else [part for part in ended.values() if isinstance(part, list)]
        running = (active.get("seedance") or {}).get("active_tasks") or []
        tasks = [*running, *(task for part in parts for task in part)]
        return {str(task["task_id"]): task.get("task_type") or task.get("action") for task in tasks}

    def create(self, asset_id: str) -> Steps:
        """Create the task; after a lost response, look for it before it is created again."""
        task_input = {
            "prompt": self.habits.prompt,
            "duration": 5,
            "resolution": "480p",
            "image_urls": [f"asset://{asset_id}"],
        }
        body: dict[str, Any] = {"model": "seedance", "task_type": MODEL, "input": task_input}
        if self.habits.webhook:
            body["config"] = {"webhook_config": self.habits.webhook}
        known = yield from self.tasks()
        for attempt in range(5):
            try:
                data = (yield from self.call("POST", "/api/v1/task", body)).get("data") or {}
                if data.get("task_id"):
                    return str(data["task_id"])
                raise UnclearError(f"the create was answered without an id: {data}")
            except UnclearError as error:
                last = error
                yield self.pause(attempt + 2, error.wait)
                if error.status != 429:
                    now = yield from self.tasks()
                    created = [task_id for task_id, kind in now.items() if task_id not in known and kind == MODEL]
                    if created:
                        return created[0]
        raise ClientError(str(last))

    def completed(self, task_id: str) -> Steps:
        """Wait for the end of the task; returns the URL of its video."""
        empty = 0
        for pause in self.rounds():
            try:
                task = (yield from self.call("GET", f"/api/v1/task/{task_id}")).get("data") or {}
            except UnclearError as error:
                yield Pause(error.wait)
                task = {}
            status, url = str(task.get("status")).lower(), (task.get("output") or {}).get("video")
            if status == "failed":
                raise ClientError(f"task {task_id} failed: {json.dumps(task.get('error'))} {task.get('logs')}")
            if status == "completed" and url:
                return url
            empty += status == "completed"
            if empty > 3:
                raise ClientError(f"task {task_id} is completed and has no video")
            yield pause
        raise ClientError(f"gave up: task {task_id} has not ended after {self.habits.patience:g} s")

    # -- the video ----------------------------------------------------------------------------------------------------

    def fetch(self, task_id: str) -> Steps:
        """Wait for the video and download it; where the URL is dead already, ask once for another."""
        for attempt in range(2):
            url = yield from self.completed(task_id)
            try:
                return (yield from self.download(url))
            except ClientError:
                if attempt:
                    raise
                yield Pause(5)
        raise AssertionError("the loop returns or raises")

    def download(self, url: str) -> Steps:
        """The whole file; goes on where it broke off."""
        content, tag = b"", ""
        for attempt in range(6):
            headers = {"Range": f"bytes={len(content)}-", "If-Range": tag} if content and tag else {}
            response: Response = yield Request("GET", url, headers=headers, with_key=False)
            if 400 <= response.status < 500 and response.status not in (408, 416, 429):
                raise ClientError(f"GET {url}: {response.status}")
            if response.status in (200, 206) and "html" not in response.headers.get("content-type", ""):
                new_tag = response.headers.get("etag", "")
                joins = response.status == 206 and new_tag == tag
                content, tag = (content if joins else b"") + response.body, new_tag
                if response.whole and is_whole(content):
                    return content
                if response.whole:
                    content = b""
            yield self.pause(attempt)
        raise ClientError(f"{url} did not come whole")


def is_whole(content: bytes) -> bool:
    """Whether it is an MP4 whose boxes fill it exactly."""
    offset = 0
    while offset + 8 <= len(content):
        size = int.from_bytes(content[offset : offset + 4], "big")
        if size < 8:
            return False
        offset += size
    return offset == len(content) and content[4:8] == b"ftyp"
