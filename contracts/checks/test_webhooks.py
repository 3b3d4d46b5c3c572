"""What is sent to a task's webhook, when, and how often."""

from typing import Any

import pytest

from ..harness.assertions import holds, same
from ..harness.client import LESS, PICTURE, START, Client
from ..harness.instants import SECOND, later, nanoseconds
from ..harness.local_server import Neighbour


def told(client: Client, neighbour: Neighbour, **fields: Any) -> dict[str, Any]:
    """A task whose end is told to the neighbour, at its end."""
    return client.finished(config=neighbour.config(), **fields)


@pytest.mark.behaviour("webhook.events", "webhook.body", "webhook.after-state", "webhook.timestamp")
def test_a_completed_task_is_told_of_once(world: Client, neighbour: Neighbour) -> None:
    task = told(world, neighbour)
    same(len(neighbour.received), 1, "messages", "webhook.events")
    message = neighbour.received[0]
    kind = message.headers["content-type"]
    same((message.method, kind.split(";")[0]), ("POST", "application/json"), "the request", "webhook.body")
    same(set(message.json), {"timestamp", "data"}, "fields of the message", "webhook.body")
    same(message.json["data"]["status"], "completed", "the status that it shows", "webhook.after-state")
    same(message.json["data"], task, "the task against what a get shows", "webhook.after-state", "webhook.body")
    ended = next(one["at"] for one in world.journal("event") if one["trigger"] == "complete")
    same(message.json["timestamp"], nanoseconds(ended) // SECOND, "timestamp", "webhook.timestamp")


@pytest.mark.behaviour("webhook.events", "webhook.after-state")
def test_failed_and_cancelled_tasks_are_told_of_too(world: Client, neighbour: Neighbour) -> None:
    told(world, neighbour, prompt="fs-internal-error")
    cancelled = world.created(config=neighbour.config())["task_id"]
    world.cancel(cancelled)
    by_control = world.created(config=neighbour.config())["task_id"]
    world.control("POST", f"tasks/{by_control}/fail")
    world.advance("1m")
    same([one.json["data"]["status"] for one in neighbour.received], ["failed"] * 3, "statuses of the messages")


@pytest.mark.behaviour("webhook.events")
def test_nothing_is_sent_before_the_end_or_without_an_endpoint(world: Client, neighbour: Neighbour) -> None:
    world.created(config=neighbour.config())
    world.advance(1)
    same(len(neighbour.received), 0, "messages while it runs")
    world.created()
    world.create(task_type="nonsense", config=neighbour.config())
    world.advance("1m")
    same(len(neighbour.received), 1, "messages after both have ended")


@pytest.mark.behaviour("webhook.after-state")
def test_the_state_is_there_before_the_message(world: Client, neighbour: Neighbour) -> None:
    task_id = told(world, neighbour)["task_id"]
    ended = next(one for one in world.journal("event") if one["task"] == task_id and one["trigger"] == "complete")
    sent = world.journal("delivery")[0]
    holds(ended["seq"] < sent["seq"], "order of end and message", "the end first", (ended["seq"], sent["seq"]))
    same(sent["at"], ended["at"], "the instant of the first attempt")


@pytest.mark.behaviour("webhook.secret-header")
def test_the_secret_comes_verbatim(world: Client, neighbour: Neighbour) -> None:
    world.created(config=neighbour.config("s3cret/+="))
    world.created(config=neighbour.config())
    world.advance("1m")
    found = [one.headers.get("x-webhook-secret") for one in neighbour.received]
    same(sorted(found, key=str), [None, "s3cret/+="], "the header")
    same([one for one in neighbour.received if "x-api-key" in one.headers], [], "messages that show the key")


RETRIES = [([200], 1), ([500, 200], 2), ([404, 302, 204], 3), ([500] * 5, 3), ([503, 503, 200], 3)]


@pytest.mark.behaviour("webhook.retries", "webhook.timestamp")
@pytest.mark.parametrize(("answers", "attempts"), RETRIES)
def test_an_attempt_without_success_is_repeated(
    world: Client, neighbour: Neighbour, answers: list[int], attempts: int
) -> None:
    neighbour.answers[:] = answers
    told(world, neighbour)
    sent = world.journal("delivery")
    same([one["status"] for one in sent], answers[:attempts], "answers to the attempts", "webhook.retries")
    same(len(neighbour.received), attempts, "attempts that came in", "webhook.retries")
    first = sent[0]["at"]
    times = [later(first, 5 * number * SECOND) for number in range(attempts)]
    same([later(one["at"], 0) for one in sent], times, "instants of the attempts", "webhook.retries")
    stamps = [one.json["timestamp"] for one in neighbour.received]
    same(stamps, [nanoseconds(first) // SECOND] * attempts, "timestamps of the attempts", "webhook.timestamp")


@pytest.mark.behaviour("webhook.retries")
def test_no_answer_counts_as_no_success(world: Client) -> None:
    world.finished(config={"webhook_config": {"endpoint": "http://127.0.0.1:9/hook"}})
    same([one["status"] for one in world.journal("delivery")], [0, 0, 0], "answers to the attempts")


@pytest.mark.behaviour("webhook.body", "webhook.after-state")
def test_the_message_shows_what_auto_upload_made_of_the_task(world: Client, neighbour: Neighbour) -> None:
    task = told(world, neighbour, task_type=LESS, image_urls=[PICTURE], auto_upload_assets=True)
    same(neighbour.received[0].json["data"]["input"], task["input"], "the stored input in the message")
    same(task["meta"]["created_at"], START, "created_at")
