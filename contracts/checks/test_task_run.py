"""The run of a task: start, end, times, logs, and what can go wrong in it."""

from typing import Any

import pytest

from ..harness.assertions import case, contains, refused, same
from ..harness.client import CHEAP, CHEAP_POINTS, LESS, PICTURE, START, STRICT, Client, Target
from ..harness.instants import SECOND, ZERO, later
from ..harness.local_server import LocalServer
from ..harness.tables import PACES

MANY = 30


@pytest.mark.behaviour("task.run-time", "task.start", "task.complete")
@pytest.mark.parametrize("pace", PACES)
@pytest.mark.parametrize("task_type", [STRICT, "seedance-2.5"])
def test_a_task_waits_and_runs_as_its_pace_says(world: Client, pace: str, task_type: str) -> None:
    spans = PACES[pace]
    run = spans.run_25 if "2.5" in task_type else spans.run
    world.patch(pace=pace, concurrency=MANY)
    ids = [world.created(task_type, duration=4)["task_id"] for _ in range(MANY)]
    happened = world.journal("event") + world.advance("1h")
    times = {(event["task"], event["trigger"]): event["at"] for event in happened if event.get("task")}
    for task_id in ids:
        for begin, end, (least, most) in (("create", "start", spans.queue), ("start", "complete", run)):
            earliest = later(times[task_id, begin], round(least * SECOND))
            latest = later(times[task_id, begin], round(most * SECOND))
            at = later(times[task_id, end], 0)
            same(earliest <= at <= latest, True, f"{end} {least} to {most} s after {begin}: {at}")


@pytest.mark.behaviour("task.start", "task.complete", "task.status-lower-case", "output.only-at-the-end")
def test_a_task_goes_from_pending_to_processing_to_completed(world: Client) -> None:
    task_id = world.created()["task_id"]
    polls = [world.task(task_id)]
    for _ in range(2):
        world.advance_to("next")
        polls.append(world.task(task_id))
    same([poll["status"] for poll in polls], ["pending", "processing", "completed"], "the statuses")
    same(
        [bool(poll["output"]) for poll in polls],
        [False, False, True],
        "when the output shows",
        "output.only-at-the-end",
    )
    times = [(poll["meta"]["started_at"] != ZERO, poll["meta"]["ended_at"] != ZERO) for poll in polls]
    same(times, [(False, False), (True, False), (True, True)], "when the times come")
    same((polls[0]["error"]["code"], polls[0]["logs"]), (0, []), "error and log at first")


@pytest.mark.behaviour("task.complete", "output.only-at-the-end", "output.no-auth", "money.consume-at-completion")
@pytest.mark.costs(CHEAP_POINTS)
@pytest.mark.timeout(900)
def test_a_task_from_its_create_to_its_video(client: Client) -> None:
    task = client.ended(client.created(**CHEAP)["task_id"])
    same(task["status"], "completed", f"status, with the error {task['error']}", "task.complete")
    file = client.download(task["output"]["video"])
    same((file.status_code, file.content[4:8]), (200, b"ftyp"), "the download without a key", "output.no-auth")
    usage = task["meta"]["usage"]
    same((usage["frozen"], usage["consume"] > 0), (0, True), "points at the end", "money.consume-at-completion")


@pytest.mark.behaviour("task.fail", "task.internal-error", "task.error-object", "task.error-codes")
@pytest.mark.parametrize("task_type", [STRICT, LESS])
def test_an_internal_error_fails_the_task(world: Client, task_type: str) -> None:
    answer = world.create(task_type, prompt="fs-internal-error")
    same(answer.status_code, 200, "status of its create", "task.fail")
    world.advance("1m")
    task = world.task(answer.json()["data"]["task_id"])
    same((task["status"], task["output"]), ("failed", None), "status and output", "task.fail")
    text = "Internal error. Please try again later."
    error = {"code": 10000, "raw_message": "", "message": text, "detail": None}
    same(task["error"], error, "error", "task.internal-error", "task.error-object", "task.error-codes")
    contains(task["logs"], text, "the log", "task.internal-error")
    same([entry for entry in task["logs"] if "retrying" in entry], [], "retries", "task.internal-error")


@pytest.mark.behaviour("task.upstream-fault-retried")
@pytest.mark.parametrize("task_type", [STRICT, LESS])
def test_an_upstream_fault_is_retried_on_every_type(world: Client, task_type: str) -> None:
    task = world.finished(task_type, prompt="fs-upstream-503")
    same(task["status"], "completed", "status")
    entries = ["internal server error status code: 503", "Attempt 1 failed, retrying."]
    same(task["logs"][-2:], entries, "the end of the log")


@pytest.mark.behaviour("task.failed-by-control", "task.fail")
@pytest.mark.parametrize("when", ["0s", "1s"], ids=["pending", "processing"])
def test_control_can_fail_a_task(world: Client, when: str) -> None:
    task_id = world.created()["task_id"]
    world.advance(when)
    world.control("POST", f"tasks/{task_id}/fail")
    same(world.task(task_id)["status"], "failed", "status after it")
    same(world.advance("1h"), [], "what still happens to it")


@pytest.mark.behaviour("task.cancel")
def test_only_a_pending_task_can_be_cancelled(world: Client) -> None:
    task_id = world.created()["task_id"]
    answer = world.cancel(task_id)
    task = answer.json()["data"]
    end = (answer.status_code, task["status"], task["error"]["message"])
    same(end, (200, "failed", "task cancelled"), "the answer to a cancel")
    refused(world.cancel(task_id), 400, "failed", "the second cancel")
    running = world.created()["task_id"]
    world.advance(1)
    refused(world.cancel(running), 400, "processing", "the cancel of a running task")
    world.advance("1m")
    same(world.task(running)["status"], "completed", "the running task afterwards")
    refused(world.cancel(running), 400, "completed", "the cancel of a completed task")


@pytest.mark.parametrize(
    ("fields", "entry"),
    [
        case("task.log-audio task.audio-default", {}, "audio: enabled=true"),
        case("task.log-audio", {"audio": True}, "audio: enabled=true"),
        case("task.log-audio", {"audio": False}, "audio: enabled=false"),
        case(
            "task.log-video-seconds",
            {"video_urls": ["https://cdn.example/fs-length-10s.mp4"]},
            "video reference total duration: 10.0s (10s), billing includes input + output duration",
        ),
        case(
            "task.log-video-seconds",
            {"video_urls": ["https://cdn.example/fs-length-7.2s.mp4", "https://cdn.example/fs-length-3s.mp4"]},
            "video reference total duration: 10.2s (11s), billing includes input + output duration",
        ),
    ],
)
def test_what_a_task_logs_when_it_starts(world: Client, fields: dict[str, Any], entry: str) -> None:
    task = world.created(**fields)
    same(task["logs"], [], "the log before the start")
    world.advance(1)
    contains(world.task(task["task_id"])["logs"], entry, "the log after the start")


@pytest.mark.behaviour("task.reference-failed")
def test_a_reference_that_turns_out_unusable_fails_the_task(world: Client) -> None:
    task_id = world.created(image_urls=[PICTURE])["task_id"]
    world.advance(1)
    world.control("POST", f"tasks/{task_id}/fail", {"cause": "reference-failed"})
    error = world.task(task_id)["error"]
    same((error["code"], error["message"]), (10000, "invalid request"), "code and message")


@pytest.mark.behaviour("task.reference-failed", "money.refund")
def test_a_raw_reference_is_really_fetched(fetching: Target, local_server: LocalServer) -> None:
    if not (fetching.has_control and fetching.is_near):
        pytest.skip("not reachable: this target cannot fetch from this machine")
    client = fetching.client()
    task = client.finished(image_urls=[f"{local_server.base_url}/missing.jpg"])
    end = (task["status"], task["error"]["code"], task["error"]["message"])
    same(end, ("failed", 10000, "invalid request"), "the end of the task")
    contains(task["error"]["raw_message"], "404", "raw_message")
    contains(" ".join(task["logs"]), "missing.jpg", "the log")
    same(task["logs"][-1], "restored frozen points", "the last line", "money.refund")


@pytest.mark.behaviour("task.start")
def test_a_held_task_waits_until_it_is_released(world: Client) -> None:
    task_id = world.created()["task_id"]
    world.control("POST", f"tasks/{task_id}/hold")
    world.advance("1h")
    same(world.task(task_id)["status"], "pending", "status while it is held")
    world.control("POST", f"tasks/{task_id}/release")
    world.advance("1m")
    same(world.task(task_id)["status"], "completed", "status after the release")
    same(world.task(task_id)["meta"]["created_at"], START, "created_at")
