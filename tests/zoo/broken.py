"""For each rule a client that breaks just that rule: the correct one with one thing done otherwise."""

import threading
from typing import Any

import httpx

from tests.zoo import missions as m
from tests.zoo.correct import ApiError, BrokenError, CorrectClient, Json, RefusedError, TaskFailedError, UnknownError
from tests.zoo.harness import Mission
from tests.zoo.hooked import HookedClient
from tests.zoo.missions import fault, world

# -- the key ----------------------------------------------------------------------------------------------------------


class KeyInUrl(CorrectClient):
    """Sends its key in the URL as well."""

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return super().request(method, path, **options | {"params": {**(options.get("params") or {}), "api_key": "k"}})


class KeyToFiles(CorrectClient):
    """Sends its key wherever it goes."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._files.headers["X-API-Key"] = args[1]


class KeyTriedAgain(CorrectClient):
    """Takes a 401 for a hiccup."""

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = super().request(method, path, **options)
        for _ in range(3):
            if answer.status_code == 401:
                self.pause(5)
                answer = super().request(method, path, **options)
        return answer


# -- uploads and assets -----------------------------------------------------------------------------------------------


class UploadsAgain(CorrectClient):
    """Never looks what the library has."""

    def remembered(self, url: str) -> str | None:
        return None

    def in_library(self, url: str) -> str | None:
        return None


class UploadsAgainAfterLoss(CorrectClient):
    """Sends an upload again when its answer is lost."""

    def upload(self, url: str, kind: str) -> str:
        for attempt in range(3):
            try:
                return str(self.uploaded(url, kind)["asset_id"])
            except UnknownError:
                self.pause(self.backoff(attempt))
        raise ApiError("no luck")


class LowerCaseType(CorrectClient):
    """Writes the type as it likes."""

    def entry(self, url: str, kind: str) -> Json:
        return super().entry(url, kind) | {"asset_type": kind.lower()}


class AnyFile(CorrectClient):
    """Sends any file and sees what comes."""

    def upload_file(self, name: str, data: bytes) -> str:
        body = {"file_name": name, "file_data": "R0lGODlh"}
        return str(self.checked(self.request("POST", "/api/ephemeral_resource", json=body))["data"]["url"])


class HammersQuota(CorrectClient):
    """Takes a full library for a busy one."""

    def uploaded(self, url: str, kind: str) -> Json:
        for attempt in range(3):
            try:
                return super().uploaded(url, kind)
            except UnknownError:
                self.pause(self.backoff(attempt))
        return super().uploaded(url, kind)


class DoesNotWait(CorrectClient):
    """Uses an asset as soon as it has its id."""

    def wait_for_asset(self, asset_id: str) -> str:
        return asset_id


class SleepsBlindly(CorrectClient):
    """Sleeps for as long as an ingest usually takes."""

    def wait_for_asset(self, asset_id: str) -> str:
        self.pause(600)
        return asset_id


class WaitsOnFailed(CorrectClient):
    """Knows one end of an ingest."""

    def wait_for_asset(self, asset_id: str) -> str:
        for attempt in range(12):
            if self.ask(f"/api/v1/asset/{asset_id}")["status"] == "Active":
                return asset_id
            self.pause(self.backoff(attempt))
        raise ApiError("it never became Active")


class AssetOnStrict(CorrectClient):
    """Knows one task type."""

    @staticmethod
    def task_type(people: tuple[str, ...], guests: tuple[str, ...]) -> str:
        return "seedance-2"


class UsesDeleted(CorrectClient):
    """Cleans up, and remembers what it has cleaned away."""

    remembered_id: str = ""

    def asset(self, url: str, kind: str = "Image") -> str:
        self.remembered_id = self.remembered_id or super().asset(url, kind)
        return self.remembered_id

    def fetch(self, task_id: str) -> bytes:
        video = super().fetch(task_id)
        self.request("DELETE", f"/api/v1/asset/{self.remembered_id}")
        return video


# -- references -------------------------------------------------------------------------------------------------------


class OneLabelTooMany(CorrectClient):
    """Counts from 0 in one place and from 1 in the other."""

    @staticmethod
    def labelled(prompt: str, count: int) -> str:
        return CorrectClient.labelled(prompt, count + 1)


class FirstLabelOnly(CorrectClient):
    """Labels the person, and leaves the rest to chance."""

    @staticmethod
    def labelled(prompt: str, count: int) -> str:
        return CorrectClient.labelled(prompt, 1)


class AlwaysRaw(CorrectClient):
    """Sends the same URL again and again."""

    def reference(self, url: str) -> str:
        return url


class EverythingAnAsset(CorrectClient):
    """Uploads every background."""

    def order(self, prompt: str, **options: Any) -> str:
        return super().order(prompt, **options | {"people": options["scenery"], "scenery": ()})


class FlagBesideInput(CorrectClient):
    """Puts the flag where it does nothing."""

    def body(self, task_type: str, inputs: Json, config: Json | None) -> Json:
        inside = {name: value for name, value in inputs.items() if name not in self.guest_fields()}
        return super().body(task_type, inside, config) | self.guest_fields()


class KeepsForever(CorrectClient):
    """Wants ephemeral assets to stay for a day."""

    @staticmethod
    def guest_fields() -> Json:
        return {"auto_upload_assets": True, "asset_retention_hours": 24}


# -- polling ----------------------------------------------------------------------------------------------------------


class PollsFast(CorrectClient):
    """Asks five times a second."""

    def poll_pause(self, attempt: int) -> float:
        return self.backoff(0, least=0.2)


class PollsEvenly(CorrectClient):
    """Asks every three seconds for as long as it takes."""

    def poll_pause(self, attempt: int) -> float:
        return self.backoff(0, least=3.0)


class PollsInStep(CorrectClient):
    """Asks every twelve seconds to the millisecond."""

    def poll_pause(self, attempt: int) -> float:
        return 12.0


class PollsForever(CorrectClient):
    """Has no bound."""

    patience = 1e9


class PollsOn(CorrectClient):
    """Asks on after the end."""

    def wait(self, task_id: str) -> Json:
        task = super().wait(task_id)
        for attempt in range(5):
            self.pause(self.backoff(attempt))
            self.ask(f"/api/v1/task/{task_id}")
        return task


class LowerCaseOnly(CorrectClient):
    """Compares words to the letter."""

    def wait(self, task_id: str) -> Json:
        for _ in self.polls():
            task: Json = self.ask(f"/api/v1/task/{task_id}")["data"]
            if task["status"] in ("completed", "failed"):
                return task
        raise ApiError("it took too long")


class UnknownIsAnEnd(CorrectClient):
    """Ends at every word that it does not know."""

    def wait(self, task_id: str) -> Json:
        self.pause(3)
        task: Json = self.ask(f"/api/v1/task/{task_id}")["data"]
        if task["status"] not in ("pending", "processing", "completed", "failed"):
            raise TaskFailedError(f"task {task_id} is {task['status']}")
        return super().wait(task_id)


# -- errors -----------------------------------------------------------------------------------------------------------


class RepeatsRefusals(CorrectClient):
    """Repeats whatever was refused."""

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = super().request(method, path, **options)
        for attempt in range(3):
            if answer.status_code == 402:
                self.pause(self.backoff(attempt))
                answer = super().request(method, path, **options)
        return answer


class HammersServer(CorrectClient):
    """Repeats a 5xx at once."""

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = super().request(method, path, **options)
        for _ in range(10):
            if answer.status_code < 500 or method != "GET":
                break
            answer = super().request(method, path, **options)
        return answer


class GivesUpOnServerError(CorrectClient):
    """Takes a 5xx on a poll for the end."""

    def poll_failed(self, problem: UnknownError) -> None:
        if problem.status >= 500:
            raise problem
        super().poll_failed(problem)


class GivesUpOnLoss(CorrectClient):
    """Takes a broken connection on a poll for the end."""

    def poll_failed(self, problem: UnknownError) -> None:
        if not problem.status:
            raise problem
        super().poll_failed(problem)


class GivesUpOnText(CorrectClient):
    """Crashes on what is no JSON."""

    def poll_failed(self, problem: UnknownError) -> None:
        if problem.status == 200:
            raise ValueError("Expecting value: line 1 column 1 (char 0)")
        super().poll_failed(problem)


class DoesNotReadRetryAfter(CorrectClient):
    """Waits as it thinks right."""

    @staticmethod
    def retry_after_seconds(answer: httpx.Response) -> float:
        return 0.0


class HammersLimit(CorrectClient):
    """Takes a missing Retry-After for 0."""

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = super().request(method, path, **options)
        for _ in range(5):
            if answer.status_code == 429:
                answer = super().request(method, path, **options)
        return answer


class PollsForNone(CorrectClient):
    """Goes by the HTTP status."""

    def created(self, answer: httpx.Response) -> str:
        return str((answer.json().get("data") or {}).get("task_id"))


class EndsWell(CorrectClient):
    """Prints a failure, and ends as if it were none."""

    def video(self, prompt: str, **options: Any) -> Any:
        try:
            return super().video(prompt, **options)
        except TaskFailedError as problem:
            return str(problem)


class SaysFailed(CorrectClient):
    """Says that it failed, and not why."""

    def failure(self, task: Json) -> str:
        return "the task failed"


class SaysErrorOnly(CorrectClient):
    """Never looks into the log."""

    def failure(self, task: Json) -> str:
        return f"the task failed: {task.get('error')}"


# -- money ------------------------------------------------------------------------------------------------------------


class NoticesNoMissingUrl(CorrectClient):
    """Takes completed for the end, whatever there is to download."""

    def fetch(self, task_id: str) -> bytes:
        for _ in self.polls():
            task = self.ask(f"/api/v1/task/{task_id}")["data"]
            if task["status"] == "completed":
                url = (task["output"] or {}).get("video")
                return self.download(url) if url else b""
        raise ApiError("it took too long")


class TripsOverMissingUrl(CorrectClient):
    """Reads the URL of a completed task as if it were always there."""

    def fetch(self, task_id: str) -> bytes:
        for _ in self.polls():
            task = self.ask(f"/api/v1/task/{task_id}")["data"]
            if task["status"] == "completed":
                return self.download(task["output"]["video"])
        raise ApiError("it took too long")


class NeverGivesUp(CorrectClient):
    """Tries to create its task until it succeeds, with a look in between."""

    def create(self, task_type: str, inputs: Json, config: Json | None = None) -> str:
        body, known_ids = self.body(task_type, inputs, config), self.known_tasks()
        while True:
            try:
                return self.created(self.request("POST", "/api/v1/task", json=body))
            except UnknownError:
                self.pause(30)
                self.look_for(task_type, known_ids)


class Resubmits(CorrectClient):
    """Takes a lost answer for a lost request."""

    def look_for(self, task_type: str, known_ids: set[str]) -> str | None:
        return None


class GoesOn(CorrectClient):
    """Skips what was lost, and buys the next."""

    def create(self, task_type: str, inputs: Json, config: Json | None = None) -> str:
        return self.created(self.request("POST", "/api/v1/task", json=self.body(task_type, inputs, config)))

    def batch(self, prompts: tuple[str, ...], price: int = 5_000_000) -> list[bytes]:
        self.points()
        task_ids = []
        for prompt in prompts:
            try:
                task_ids.append(self.video(prompt))
            except UnknownError:
                self.pause(5)
        return task_ids


class LooksAndResubmits(CorrectClient):
    """Looks, and does not read what it sees."""

    def look_for(self, task_type: str, known_ids: set[str]) -> str | None:
        super().look_for(task_type, known_ids)
        return None


class DoesNotCount(CorrectClient):
    """Begins a batch that it cannot pay."""

    def batch(self, prompts: tuple[str, ...], price: int = 5_000_000) -> list[bytes]:
        return [self.video(prompt) for prompt in prompts]


# -- output -----------------------------------------------------------------------------------------------------------


class FetchesLater(CorrectClient):
    """Fetches videos when somebody wants to see them."""

    def download(self, url: str) -> bytes:
        self.pause(2 * 86_400)
        return super().download(url)


class HalfIsEnough(CorrectClient):
    """Keeps what has come."""

    def part(self, url: str, headers: Json, have: bytes, tag: str) -> tuple[bytes, str, bool]:
        try:
            return super().part(url, headers, have, tag)
        except BrokenError as problem:
            return problem.have, "", True


class OneTry(CorrectClient):
    """Gives up a video at the first cut."""

    def part(self, url: str, headers: Json, have: bytes, tag: str) -> tuple[bytes, str, bool]:
        try:
            return super().part(url, headers, have, tag)
        except BrokenError:
            raise UnknownError(f"{url} broke off") from None


class BeginsAnew(CorrectClient):
    """Never asks for the rest alone."""

    def part(self, url: str, headers: Json, have: bytes, tag: str) -> tuple[bytes, str, bool]:
        return super().part(url, {}, b"", "")


class KeepsAnything(CorrectClient):
    """Saves whatever comes."""

    def download(self, url: str) -> bytes:
        return self._files.get(url).content


# -- webhooks ---------------------------------------------------------------------------------------------------------


class NoSecret(HookedClient):
    """Agrees on no secret."""

    secret = ""


class AnySecret(HookedClient):
    """Never compares."""

    def taken(self, secret: str, body: bytes) -> int:
        return super().taken(self.secret, body)


class EveryMessage(HookedClient):
    """Takes each message for news."""

    def is_new(self, task: Json) -> bool:
        return True


class BelievesMessages(HookedClient):
    """Goes by the message alone."""

    def fetched(self, message: Json) -> bytes:
        return self.download(message["output"]["video"])


class WorksFirst(HookedClient):
    """Answers when it has done the work: here, not before the sender has gone."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.done = threading.Event()

    def taken(self, secret: str, body: bytes) -> int:
        self.done.wait(30)
        return 500

    def close(self) -> None:
        self.done.set()
        super().close()


class ListensOnly(HookedClient):
    """Never asks."""

    silence = 900.0

    def poll_instead(self, task_id: str) -> bytes:
        return b""


# -- housekeeping -----------------------------------------------------------------------------------------------------


class ForgetsLibrary(CorrectClient):
    """Remembers ids for ever, and keeps nothing alive."""

    remembered_id: str = ""

    def asset(self, url: str, kind: str = "Image") -> str:
        self.remembered_id = self.remembered_id or super().asset(url, kind)
        return self.remembered_id

    def keep(self, days: int) -> None:
        self.pause(86_400 * days)


class HammersCap(CorrectClient):
    """Takes the cap for a rate limit."""

    def create(self, task_type: str, inputs: Json, config: Json | None = None) -> str:
        for _ in range(4):
            try:
                return super().create(task_type, inputs, config)
            except RefusedError as problem:
                last = problem
                self.pause(self.backoff(0))
        raise last


POLL_503 = fault("status", "GET task", status=503)
LONG_429 = fault("status", "POST task", status=429, retry_after=20, times=60)
Case = tuple[type[CorrectClient], Mission, dict[str, Any]]

CASES: dict[str, Case] = {
    "auth/key-in-header-only": (KeyInUrl, m.text, world()),
    "auth/key-not-sent-to-files": (KeyToFiles, m.text, world()),
    "auth/stops-when-refused": (KeyTriedAgain, m.text, world(fault("status", "GET task", status=401))),
    "uploads/source-once": (UploadsAgain, m.twice, world()),
    "uploads/look-after-lost-answer": (UploadsAgainAfterLoss, m.person, world(fault("accept-then-drop", "POST asset"))),
    "uploads/type-known": (LowerCaseType, m.person, world()),
    "uploads/limits-known": (AnyFile, m.file, world()),
    "uploads/quota-not-hammered": (HammersQuota, m.person, world(fault("quota-full", times=5))),
    "assets/wait-for-active": (DoesNotWait, m.person, world()),
    "assets/active-was-seen": (SleepsBlindly, m.person, world()),
    "assets/stop-at-failed": (WaitsOnFailed, m.failing_person, world()),
    "assets/less-restriction-only": (AssetOnStrict, m.person, world()),
    "assets/kept-until-used": (UsesDeleted, m.twice, world()),
    "references/labels-in-range": (OneLabelTooMany, m.person, world()),
    "references/each-labelled": (FirstLabelOnly, m.person, world()),
    "references/recurring-as-asset": (AlwaysRaw, m.series, world()),
    "references/once-as-raw": (EverythingAnAsset, m.scenes, world()),
    "references/auto-upload-inside-input": (FlagBesideInput, m.guest, world()),
    "references/retention-in-range": (KeepsForever, m.guest, world()),
    "references/auto-upload-fits": (AssetOnStrict, m.guest, world()),
    "polling/interval": (PollsFast, m.text, world()),
    "polling/backoff": (PollsEvenly, m.long, world()),
    "polling/jitter": (PollsInStep, m.long, world()),
    "polling/bounded": (PollsForever, m.text, world(fault("stuck", "POST task"))),
    "polling/stops-at-end": (PollsOn, m.text, world()),
    "polling/status-in-any-case": (LowerCaseOnly, m.text, world(fault("title-case-status", always=True))),
    "polling/does-not-stop-early": (UnknownIsAnEnd, m.long, world(fault("unknown-status"))),
    "errors/client-error-is-final": (RepeatsRefusals, m.text, world(points=0)),
    "errors/server-error-bounded": (HammersServer, m.text, world({**POLL_503, "times": 8})),
    "errors/server-error-survived": (GivesUpOnServerError, m.text, world(POLL_503)),
    "errors/lost-answer-survived": (GivesUpOnLoss, m.text, world(fault("close", "GET task"))),
    "errors/non-json-survived": (GivesUpOnText, m.text, world(fault("malformed-json", "GET task"))),
    "errors/retry-after-honoured": (
        DoesNotReadRetryAfter,
        m.text,
        world(fault("status", "POST task", status=429, retry_after=60)),
    ),
    "errors/too-many-requests-backoff": (
        HammersLimit,
        m.text,
        world(fault("status", "POST task", status=429, times=4)),
    ),
    "errors/answer-checked": (PollsForNone, m.text, world(fault("code-in-body", "POST task"))),
    "errors/failure-told": (EndsWell, m.refused, world()),
    "errors/code-told": (SaysFailed, m.refused, world()),
    "errors/reason-from-logs": (SaysErrorOnly, m.refused, world(fault("error-only-in-logs", always=True))),
    "errors/no-crash": (TripsOverMissingUrl, m.text, world(fault("completed-without-url", always=True))),
    "errors/retries-bounded": (NeverGivesUp, m.text, world(LONG_429)),
    "money/no-ambiguous-resubmit": (Resubmits, m.text, world(fault("accept-then-drop"))),
    "money/lost-create-looked-for": (GoesOn, m.batch, world(fault("accept-then-drop"))),
    "money/found-task-adopted": (LooksAndResubmits, m.text, world(fault("accept-then-drop"))),
    "money/points-before-batch": (DoesNotCount, m.batch, world(points=12_000_000)),
    "output/before-expiry": (FetchesLater, m.text, world()),
    "output/size-checked": (HalfIsEnough, m.text, world(fault("truncate", "GET output"))),
    "output/retried-after-cut": (OneTry, m.text, world(fault("truncate", "GET output"))),
    "output/resumed-with-range": (BeginsAnew, m.text, world(fault("reset-midway", "GET output"))),
    "output/missing-url-noticed": (
        NoticesNoMissingUrl,
        m.text,
        world(fault("completed-without-url", always=True)),
    ),
    "output/type-checked": (KeepsAnything, m.text, world(fault("edge-page", "GET output", status=200))),
    "webhooks/secret-set": (NoSecret, m.hooked, world()),
    "webhooks/secret-compared": (AnySecret, m.hooked, world(fault("webhook-wrong-secret"))),
    "webhooks/duplicates-dropped": (EveryMessage, m.hooked, world(fault("webhook-twice", gap=60))),
    "webhooks/state-re-read": (BelievesMessages, m.hooked, world()),
    "webhooks/answered-quickly": (WorksFirst, m.hooked, world()),
    "webhooks/polled-as-well": (ListensOnly, m.hooked_twice, world(fault("webhook-never", times=2))),
    "housekeeping/idle-assets": (ForgetsLibrary, m.library, world()),
    "housekeeping/quota-looked-at": (UploadsAgain, m.cast, world(assets=[{"as": "old", "count": 48}])),
    "housekeeping/ephemeral-cap": (HammersCap, m.crowd, world()),
}
"""Rule -> the client that breaks it, what it is asked to do, and the world in which that shows."""
