"""Content that is refused."""

from typing import Any

import pytest

from ..harness.assertions import contains, same
from ..harness.client import LESS, STRICT, Client

COPYRIGHT = "The request was rejected due to copyright restrictions. Please try different inputs."
PERSON = "The request was rejected because the input image may contain a real person."
RETRY = "Attempt 1 failed (content restriction), retrying."
REFUND = "restored frozen points"
AUDIO = "audio: enabled=true"
MODE = "mode auto-detected: text_to_video (images=0, videos=0, audios=0)"
FACE = "https://cdn.example/fs-face.jpg"


def policy(task: dict[str, Any], *ids: str) -> None:
    """Hold that a task was refused for its content."""
    end = (task["status"], task["error"]["code"], task["error"]["message"], task["output"])
    same(end, ("failed", 10003, "Your content violated community guidelines.", None), "the refused task", *ids)


@pytest.mark.behaviour("moderation.copyright", "moderation.strict-retries-once", "task.error-codes")
def test_a_strict_task_is_tried_twice(world: Client) -> None:
    task = world.finished(STRICT, prompt="fs-refuse-copyright")
    policy(task, "moderation.copyright", "task.error-codes")
    logs = [MODE, AUDIO, COPYRIGHT, RETRY, COPYRIGHT, REFUND]
    same(task["logs"], logs, "the log, line by line", "moderation.strict-retries-once")


@pytest.mark.behaviour("moderation.copyright", "moderation.less-restriction-is-final")
def test_a_less_restricted_task_is_tried_once(world: Client) -> None:
    task = world.finished(LESS, prompt="fs-refuse-copyright")
    policy(task, "moderation.copyright")
    same(task["logs"], [MODE, AUDIO, COPYRIGHT, REFUND], "the log", "moderation.less-restriction-is-final")


@pytest.mark.behaviour("moderation.strict-retries-once", "moderation.less-restriction-is-final")
def test_a_retry_that_succeeds_completes_a_strict_task_only(world: Client) -> None:
    strict, less = (world.finished(task_type, prompt="fs-refuse-once") for task_type in (STRICT, LESS))
    same(strict["status"], "completed", "the strict task", "moderation.strict-retries-once")
    same(strict["logs"][-2:], [COPYRIGHT, RETRY], "the end of its log", "moderation.strict-retries-once")
    same(less["status"], "failed", "the less restricted task", "moderation.less-restriction-is-final")


@pytest.mark.behaviour("moderation.real-person")
@pytest.mark.parametrize("task_type", [STRICT, LESS])
def test_a_real_person_is_refused_with_advice(world: Client, task_type: str) -> None:
    task = world.finished(task_type, prompt="fs-refuse-person")
    policy(task, "moderation.real-person")
    log_entry = next((entry for entry in task["logs"] if entry.startswith(PERSON)), "")
    for advice in ("`auto_upload_assets: true`", "GET/POST/DELETE /api/v1/asset/..."):
        contains(log_entry, advice, "the line in the log", "moderation.real-person")


@pytest.mark.behaviour("moderation.strict-rejects-faces")
@pytest.mark.parametrize(
    ("task_type", "fields", "status"),
    [
        (STRICT, {}, "failed"),
        (LESS, {}, "failed"),
        (LESS, {"auto_upload_assets": True}, "completed"),
    ],
)
def test_a_raw_face_is_refused(world: Client, task_type: str, fields: dict[str, Any], status: str) -> None:
    task = world.finished(task_type, image_urls=[FACE], **fields)
    same(task["status"], status, "the end of the task")
    if status == "failed":
        policy(task)


@pytest.mark.behaviour("moderation.strict-rejects-faces")
def test_a_face_that_comes_as_an_asset_is_taken(world: Client) -> None:
    task = world.finished(LESS, image_urls=[f"asset://{world.active(FACE)}"])
    same(task["status"], "completed", "the end of the task")


@pytest.mark.behaviour("moderation.after-conversion")
def test_content_is_judged_after_the_conversion(world: Client) -> None:
    urls = ["https://cdn.example/a.jpg"]
    task = world.finished(LESS, prompt="fs-refuse-copyright", image_urls=urls, auto_upload_assets=True)
    policy(task)
    (uri,) = task["input"]["image_urls"]
    contains(uri, "asset://asset-", "the stored reference")
    same(world.asset(uri.removeprefix("asset://")).json()["status"], "Active", "the ephemeral asset")
    entries = [entry for entry in task["logs"] if "converted" in entry or entry == COPYRIGHT]
    same(entries, ["auto_upload_assets: converted 1 url(s) to ephemeral asset://", COPYRIGHT], "the order in the log")
