"""What is sent to a task's webhook, when, and how often."""

from typing import Any

import pytest

from ..harness.assertions import holds, same
from ..harness.client import LESS, PICTURE, START, Client
from ..harness.instants import SECOND, later, nanoseconds
from ..harness.local_server import LocalServer


def told(client: Client, local_server: LocalServer, **fields: Any) -> dict[str, Any]:
    """A task whose end is told to the local server, at its end."""
    return client.finished(config=local_server.config(), **fields)


@pytest.mark.behaviour("webhook.events", "webhook.body", "webhook.after-state", "webhook.timestamp")
def test_a_completed_task_is_told_of_once(world: Client, local_server: LocalServer) -> None:
    task = told(world, local_server)
    same(len(local_server.received), 1, "messages", "webhook.events")
    message = local_server.received[0]
    kind = message.headers["content-type"]
    same((message.method, kind.split(";")[0]), ("POST", "application/json"), "the request", "webhook.body")
    same(set(message.json), {"timestamp", "data"}, "fields of the message", "webhook.body")
    same(message.json["data"]["status"], "completed", "the status that it shows", "webhook.after-state")
    same(message.json["data"], task, "the task against what a get shows", "webhook.after-state", "webhook.body")
    ended = next(event["at"] for event in world.journal("event") if event["trigger"] == "complete")
    same(message.json["timestamp"], nanoseconds(ended) // SECOND, "timestamp", "webhook.timestamp")


@pytest.mark.behaviour("webhook.events", "webhook.after-state")
def test_failed_and_cancelled_tasks_are_told_of_too(world: Client, local_server: LocalServer) -> None:
    told(world, local_server, prompt="fs-internal-error")
    cancelled = world.created(config=local_server.config())["task_id"]
    world.cancel(cancelled)
    by_control = world.created(config=local_server.config())["task_id"]
    world.control("POST", f"tasks/{by_control}/fail")
    world.advance("1m")
    same(
        [message.json["data"]["status"] for message in local_server.received],
        ["failed"] * 3,
        "statuses of the messages",
    )


@pytest.mark.behaviour("webhook.events")
def test_nothing_is_sent_before_the_end_or_without_an_endpoint(world: Client, local_server: LocalServer) -> None:
    world.created(config=local_server.config())
    world.advance(1)
    same(len(local_server.received), 0, "messages while it runs")
    world.created()
    world.create(task_type="nonsense", config=local_server.config())
    world.advance("1m")
    same(len(local_server.received), 1, "messages after both have ended")


@pytest.mark.behaviour("webhook.after-state")
def test_the_state_is_there_before_the_message(world: Client, local_server: LocalServer) -> None:
    task_id = told(world, local_server)["task_id"]
    ended = next(
        event for event in world.journal("event") if event["task"] == task_id and event["trigger"] == "complete"
    )
    sent = world.journal("delivery")[0]
    holds(ended["seq"] < sent["seq"], "order of end and message", "the end first", (ended["seq"], sent["seq"]))
    same(sent["at"], ended["at"], "the instant of the first attempt")


@pytest.mark.behaviour("webhook.secret-header")
def test_the_secret_comes_verbatim(world: Client, local_server: LocalServer) -> None:
    world.created(config=local_server.config("s3cret/+="))
    world.created(config=local_server.config())
    world.advance("1m")
    secrets = [message.headers.get("x-webhook-secret") for message in local_server.received]
    same(sorted(secrets, key=str), [None, "s3cret/+="], "the header")
    same(
        [message for message in local_server.received if "x-api-key" in message.headers],
        [],
        "messages that show the key",
    )


RETRIES = [([200], 1), ([500, 200], 2), ([404, 302, 204], 3), ([500] * 5, 3), ([503, 503, 200], 3)]


@pytest.mark.behaviour("webhook.retries", "webhook.timestamp")
@pytest.mark.parametrize(("answers", "attempts"), RETRIES)
def test_an_attempt_without_success_is_repeated(
    world: Client, local_server: LocalServer, answers: list[int], attempts: int
) -> None:
    local_server.answers[:] = answers
    told(world, local_server)
    sent = world.journal("delivery")
    same([attempt["status"] for attempt in sent], answers[:attempts], "answers to the attempts", "webhook.retries")
    same(len(local_server.received), attempts, "attempts that came in", "webhook.retries")
    first = sent[0]["at"]
    times = [later(first, 5 * number * SECOND) for number in range(attempts)]
    same([later(attempt["at"], 0) for attempt in sent], times, "instants of the attempts", "webhook.retries")
    stamps = [attempt.json["timestamp"] for attempt in local_server.received]
    same(stamps, [nanoseconds(first) // SECOND] * attempts, "timestamps of the attempts", "webhook.timestamp")


@pytest.mark.behaviour("webhook.retries")
def test_no_answer_counts_as_no_success(world: Client) -> None:
    world.finished(config={"webhook_config": {"endpoint": "http://127.0.0.1:9/hook"}})
    same([attempt["status"] for attempt in world.journal("delivery")], [0, 0, 0], "answers to the attempts")


@pytest.mark.behaviour("webhook.body", "webhook.after-state")
def test_the_message_shows_what_auto_upload_made_of_the_task(world: Client, local_server: LocalServer) -> None:
    task = told(world, local_server, task_type=LESS, image_urls=[PICTURE], auto_upload_assets=True)
    same(local_server.received[0].json["data"]["input"], task["input"], "the stored input in the message")
    same(task["meta"]["created_at"], START, "created_at")
