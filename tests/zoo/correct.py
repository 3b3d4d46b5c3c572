"""A correct client of the API, small enough to be read: what the rules of the judge ask for, in code.

It keeps no time of its own: ``sleep`` is given to it, and its bounds count what it has slept.
"""

import base64
import random  # noqa: TID251 - a client draws as it likes
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx

Json = dict[str, Any]
Sleep = Callable[[float], object]

ENDS = ("completed", "failed")
LOST = (httpx.TransportError, httpx.DecodingError)
"""What a lost answer looks like: the request may have taken effect, or not."""
PATIENCE = 1800.0
"""Seconds that a wait takes at most."""
ATTEMPTS = 6
"""How often a request is sent at most, where it may be repeated."""
FILE_LIMIT = 10 * 1024 * 1024
TLS = httpx.create_ssl_context(trust_env=False)
"""Made once: it takes longer than a client's whole work in one world."""


class ApiError(Exception):
    """Something is wrong, and this is what: for the user, in full. ``status`` of the answer, 0 without one."""

    def __init__(self, text: str, status: int = 0, delay: float = 0.0) -> None:
        super().__init__(text)
        self.status, self.retry_after = status, delay


class RefusedError(ApiError):
    """The API said no, and repetition would not help."""


class UnknownError(ApiError):
    """No usable answer came: it may have taken effect, or not. ``retry_after``: seconds to wait."""


class TaskFailedError(ApiError):
    """The task ended without a video."""


class GaveUpError(ApiError):
    """It took too long; the id is in the message, so that somebody can look later."""


class CorrectClient:
    """Uploads people once, waits for them, makes videos, fetches them while they live."""

    patience = PATIENCE

    def __init__(self, base_url: str, api_key: str, sleep: Sleep, timeout: float = 0.5) -> None:
        self._api = httpx.Client(
            base_url=base_url, headers={"X-API-Key": api_key}, timeout=timeout, trust_env=False, verify=TLS
        )
        self._files = httpx.Client(timeout=timeout, trust_env=False, verify=TLS, follow_redirects=True, max_redirects=5)
        self.sleep = sleep
        self._chance = random.Random(base_url)
        self._mine: dict[str, str] = {}

    def close(self) -> None:
        """Let go of connections."""
        self._api.close()
        self._files.close()

    # -- one request --------------------------------------------------------------------------------------------------

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request, once. Raises UnknownError when no answer comes."""
        try:
            return self._api.request(method, path, **options)
        except LOST as problem:
            raise UnknownError(f"{method} {path}: no answer ({type(problem).__name__}: {problem})") from None

    def ask(self, path: str, **params: Any) -> Json:
        """A get, repeated while that may help. Raises RefusedError, and UnknownError when it never was answered."""
        for attempt in range(ATTEMPTS):
            try:
                return self.checked(self.request("GET", path, params=params))
            except UnknownError as problem:
                last = problem
                self.pause(problem.retry_after or self.backoff(attempt))
        raise last

    def checked(self, answer: httpx.Response) -> Json:
        """The body of a good answer. Raises RefusedError for a no, UnknownError for 429, 5xx and no JSON."""
        body, status = self.parsed(answer), answer.status_code
        if status < 400 and body is not None and isinstance(body.get("code"), int):
            status = body["code"]
        summary = f"{answer.request.method} {answer.request.url.path}: {status} {self.gist(answer, body)}"
        if status == 429 or status >= 500 or (body is None and status < 400):
            raise UnknownError(summary, status, self.retry_after_seconds(answer))
        if status >= 400 or body is None:
            raise RefusedError(summary, status)
        return body

    @staticmethod
    def parsed(answer: httpx.Response) -> Json | None:
        """The body as a JSON object, whatever its Content-Type says; None when it is none."""
        try:
            body = answer.json()
        except ValueError:
            return None
        return body if isinstance(body, dict) else None

    @staticmethod
    def gist(answer: httpx.Response, body: Json | None) -> str:
        """What an answer says, for people."""
        error = ((body or {}).get("data") or {}).get("error") or {}
        return str((body or {}).get("message") or error.get("message") or answer.text[:200])

    @staticmethod
    def retry_after_seconds(answer: httpx.Response) -> float:
        """Seconds of a Retry-After header, or 0."""
        header = answer.headers.get("Retry-After", "")
        return float(header) if header.isdecimal() else 0.0

    # -- time ---------------------------------------------------------------------------------------------------------

    def backoff(self, attempt: int, least: float = 2.0, most: float = 30.0) -> float:
        """Longer each time, and never in step with others."""
        return min(least * 1.5**attempt, most) * (1 + 0.25 * self._chance.random())

    def pause(self, seconds: float) -> None:
        """Wait."""
        self.sleep(seconds)

    def poll_pause(self, attempt: int) -> float:
        """Seconds before the next poll."""
        return self.backoff(attempt, least=3.0)

    def polls(self) -> Iterator[int]:
        """Rounds of a bounded wait, with a pause before each but the first."""
        slept, attempt = 0.0, 0
        yield attempt
        while slept < self.patience:
            pause = self.poll_pause(attempt)
            self.pause(pause)
            slept, attempt = slept + pause, attempt + 1
            yield attempt

    def poll_failed(self, problem: UnknownError) -> None:
        """A poll was not answered. That says nothing about what is waited for; the next one comes after a pause."""
        self.pause(problem.retry_after)

    # -- assets -------------------------------------------------------------------------------------------------------

    def asset(self, url: str, kind: str = "Image") -> str:
        """An Active asset of a source: the one that is there already, else a new one. Gives its id."""
        asset_id = self.remembered(url) or self.in_library(url) or self.upload(url, kind)
        self._mine[url] = asset_id
        return self.wait_for_asset(asset_id)

    def remembered(self, url: str) -> str | None:
        """The asset that this client uploaded itself, if it is still there: a list may be behind, a get is not."""
        if url not in self._mine:
            return None
        try:
            record = self.ask(f"/api/v1/asset/{self._mine[url]}")
        except RefusedError:
            return None
        return None if str(record.get("status")).lower() == "failed" else self._mine[url]

    def in_library(self, url: str) -> str | None:
        """The asset of a source that is not Failed, if the library has one."""
        for page in range(1, 100):
            listed = self.ask("/api/v1/asset/list", page=page, size=100)
            for item in listed.get("items") or ():
                if item.get("url") == url and str(item.get("status")).lower() != "failed":
                    return str(item["asset_id"])
            if len(listed.get("items") or ()) < 100:
                break
        return None

    def upload(self, url: str, kind: str) -> str:
        """Upload a source; after a lost answer, look for it before it is sent again."""
        for attempt in range(3):
            try:
                return str(self.uploaded(url, kind)["asset_id"])
            except UnknownError as problem:
                if "quota" in str(problem):
                    raise RefusedError(str(problem), problem.status) from None
                last = problem
                self.pause(problem.retry_after or self.backoff(attempt))
                asset_id = self.in_library(url)
                if asset_id:
                    return asset_id
        raise last

    def uploaded(self, url: str, kind: str) -> Json:
        """The answer to one upload."""
        return self.checked(self.request("POST", "/api/v1/asset/upload", json=self.entry(url, kind)))

    def entry(self, url: str, kind: str) -> Json:
        """What an upload asks for."""
        return {"url": url, "asset_type": kind, "name": urlsplit(url).path.rpartition("/")[2] or "reference"}

    def wait_for_asset(self, asset_id: str) -> str:
        """Wait until an asset is Active. Raises TaskFailedError or GaveUpError."""
        for _ in self.polls():
            try:
                record = self.checked(self.request("GET", f"/api/v1/asset/{asset_id}"))
            except UnknownError as problem:
                self.poll_failed(problem)
                continue
            status = str(record.get("status")).lower()
            if status == "active":
                return asset_id
            if status == "failed":
                raise TaskFailedError(f"asset {asset_id} is Failed: {record.get('error')}")
        raise GaveUpError(f"asset {asset_id} is not Active after {PATIENCE:g} s")

    def delete(self, url: str) -> None:
        """Delete what this client uploaded of a source, and forget it."""
        asset_id = self._mine.pop(url, None)
        if asset_id:
            self.request("DELETE", f"/api/v1/asset/{asset_id}")

    def upload_file(self, name: str, data: bytes) -> str:
        """Upload a local file for a day. Gives its URL."""
        if len(data) > FILE_LIMIT or name.rpartition(".")[2].lower() not in (
            "jpg",
            "jpeg",
            "png",
            "webp",
            "mp4",
            "wav",
            "mp3",
        ):
            raise RefusedError(f"{name} is larger than {FILE_LIMIT} bytes, or of a type that is not taken")
        body = {"file_name": name, "file_data": base64.b64encode(data).decode()}
        return str(self.checked(self.request("POST", "/api/ephemeral_resource", json=body))["data"]["url"])

    # -- tasks --------------------------------------------------------------------------------------------------------

    def points(self) -> int:
        """What may be spent."""
        return int(self.ask("/account/info")["data"]["credit_pack_info"]["available_credits"])

    def create(self, task_type: str, inputs: Json, config: Json | None = None) -> str:
        """Create a task. Gives its id. Raises UnknownError when nobody can say whether there is one."""
        body, known_ids = self.body(task_type, inputs, config), self.known_tasks()
        for attempt in range(4):
            try:
                return self.created(self.request("POST", "/api/v1/task", json=body))
            except UnknownError as problem:
                last = problem
                if "hard cap" in str(problem):
                    raise RefusedError(str(problem), problem.status) from None
                self.pause(problem.retry_after or self.backoff(attempt, least=5.0))
                task_id = None if problem.status == 429 else self.look_for(task_type, known_ids)
                if task_id:
                    return task_id
        raise last

    def body(self, task_type: str, inputs: Json, config: Json | None) -> Json:
        """What a create asks for."""
        return {"model": "seedance", "task_type": task_type, "input": inputs} | ({"config": config} if config else {})

    def created(self, answer: httpx.Response) -> str:
        """The id in the answer to a create."""
        task_id = (self.checked(answer).get("data") or {}).get("task_id")
        if not task_id:
            raise UnknownError(f"a create was answered without a task_id: {answer.text[:200]}")
        return str(task_id)

    def known_tasks(self) -> set[str]:
        """The ids of the tasks that there are, so that a new one can be told from them."""
        return {str(task["task_id"]) for task in self.tasks()}

    def tasks(self) -> list[Json]:
        """Tasks that run, and those that ended last."""
        active = (self.ask("/account/active_tasks").get("data") or {}).get("seedance") or {}
        ended = self.ask("/api/open/tasks/histories", page=1, page_size=50).get("data")
        listed = (
            ended if isinstance(ended, list) else next((v for v in (ended or {}).values() if isinstance(v, list)), [])
        )
        return [*(active.get("active_tasks") or ()), *listed]

    def look_for(self, task_type: str, known_ids: set[str]) -> str | None:
        """The task that a create made whose answer was lost: a new one of its type."""
        new = [task for task in self.tasks() if str(task["task_id"]) not in known_ids]
        return next(
            (
                str(candidate["task_id"])
                for candidate in new
                if task_type in (candidate.get("task_type"), candidate.get("action"))
            ),
            None,
        )

    def wait(self, task_id: str) -> Json:
        """Poll until a task is completed; gives it. Raises TaskFailedError or GaveUpError."""
        empty = 0
        for _ in self.polls():
            try:
                task = self.checked(self.request("GET", f"/api/v1/task/{task_id}")).get("data") or {}
            except UnknownError as problem:
                self.poll_failed(problem)
                continue
            status = str(task.get("status")).lower()
            if status == "failed":
                raise TaskFailedError(self.failure(task))
            if status == "completed" and (task.get("output") or {}).get("video"):
                return task
            if status == "completed":
                empty += 1
                if empty > 3:
                    raise TaskFailedError(f"task {task_id} is completed and has no video")
        raise GaveUpError(f"task {task_id} has not ended after {PATIENCE:g} s")

    def failure(self, task: Json) -> str:
        """Why a task failed: its error object and its log."""
        error = task.get("error") or {}
        reason = f"{error.get('code')} {error.get('message')} {error.get('raw_message')}"
        return "\n".join([f"task {task.get('task_id')} failed: {reason}", *map(str, task.get("logs") or ())])

    # -- videos -------------------------------------------------------------------------------------------------------

    def fetch(self, task_id: str) -> bytes:
        """Wait for a task and download its video at once; where the URL is dead already, ask once for another."""
        for attempt in range(2):
            url = self.wait(task_id)["output"]["video"]
            try:
                return self.download(url)
            except RefusedError:
                if attempt:
                    raise
                self.pause(2.0)
        raise AssertionError("the loop returns or raises")

    def download(self, url: str) -> bytes:
        """A whole video: goes on where it broke off, looks at its type and its length. Raises ApiError."""
        have, tag = b"", ""
        for attempt in range(ATTEMPTS):
            headers = {"Range": f"bytes={len(have)}-", "If-Range": tag} if have and tag else {}
            try:
                have, tag, whole = self.part(url, headers, have, tag)
                if whole:
                    return have
            except BrokenError as problem:
                have, tag = problem.have, problem.tag
            self.pause(self.backoff(attempt))
        raise UnknownError(f"{url} did not come whole in {ATTEMPTS} attempts")

    def part(self, url: str, headers: Json, have: bytes, tag: str) -> tuple[bytes, str, bool]:
        """One try: what there is now, its ETag, and whether that is all."""
        base, new = have, tag
        try:
            with self._files.stream("GET", url, headers=headers) as answer:
                if 400 <= answer.status_code < 500 and answer.status_code not in (408, 416, 429):
                    raise RefusedError(f"GET {url}: {answer.status_code}", answer.status_code)
                new = answer.headers.get("ETag", "")
                joins = answer.status_code == 206 and new == tag
                if answer.status_code in (408, 429) or answer.status_code >= 500:
                    self.pause(self.retry_after_seconds(answer))
                    return have, tag, False
                if not (joins or answer.status_code == 200) or "html" in answer.headers.get("Content-Type", ""):
                    return b"", "", False
                base = have if joins else b""
                for chunk in answer.iter_bytes():
                    base += chunk
        except httpx.TooManyRedirects as problem:
            raise RefusedError(f"GET {url}: {problem}") from None
        except LOST:
            raise BrokenError(base, new) from None
        return base, new, self.looks_whole(base)

    @staticmethod
    def looks_whole(data: bytes) -> bool:
        """Whether it is an MP4 whose boxes fill it exactly."""
        offset = 0
        while offset + 8 <= len(data):
            size = int.from_bytes(data[offset : offset + 4], "big")
            if size < 8:
                return False
            offset += size
        return offset == len(data) and data[4:8] == b"ftyp"

    def video(
        self,
        prompt: str,
        *,
        people: tuple[str, ...] = (),
        scenery: tuple[str, ...] = (),
        guests: tuple[str, ...] = (),
        config: Json | None = None,
    ) -> bytes:
        """A video: people as assets, scenery as raw URLs, guests by auto-upload."""
        return self.fetch(self.order(prompt, people=people, scenery=scenery, guests=guests, config=config))

    def order(
        self,
        prompt: str,
        *,
        people: tuple[str, ...] = (),
        scenery: tuple[str, ...] = (),
        guests: tuple[str, ...] = (),
        config: Json | None = None,
    ) -> str:
        """Create the task of a video. Gives its id."""
        pictures = [*(self.reference(url) for url in people), *guests, *scenery]
        inputs: Json = {"prompt": self.labelled(prompt, len(pictures)), "duration": 5, "resolution": "480p"}
        if pictures:
            inputs |= {"image_urls": pictures}
        if guests:
            inputs |= self.guest_fields()
        return self.create(self.task_type(people, guests), inputs, config)

    def reference(self, url: str) -> str:
        """A source as a task refers to it."""
        return f"asset://{self.asset(url)}"

    @staticmethod
    def guest_fields() -> Json:
        """What makes the service keep raw references for some hours."""
        return {"auto_upload_assets": True, "asset_retention_hours": 3}

    @staticmethod
    def task_type(people: tuple[str, ...], guests: tuple[str, ...]) -> str:
        """Assets need a less-restriction type."""
        return "seedance-2-less-restriction" if people or guests else "seedance-2"

    @staticmethod
    def labelled(prompt: str, count: int) -> str:
        """A prompt that says what each picture is for, by its place in the array."""
        labels = [f"Image {number} is reference {number}." for number in range(1, count + 1)]
        return " ".join([*labels, prompt])

    def keep(self, days: int) -> None:
        """Keep the library for some days: a list a day refreshes every asset on it."""
        for _ in range(days):
            self.pause(86_400)
            self.in_library("")

    def batch(self, prompts: tuple[str, ...], price: int = 5_000_000) -> list[bytes]:
        """Several videos, one after the other, where the points are enough for all."""
        if self.points() < price * len(prompts):
            raise RefusedError(f"the points are not enough for {len(prompts)} videos")
        return [self.video(prompt) for prompt in prompts]


class BrokenError(Exception):
    """A download broke off; what has come so far."""

    def __init__(self, have: bytes, tag: str) -> None:
        super().__init__()
        self.have, self.tag = have, tag
