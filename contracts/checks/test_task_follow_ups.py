"""Tasks that go on from an earlier one, and what 2.5 can do with its references."""

from typing import Any

import pytest

from ..harness.assertions import holds, refused, same
from ..harness.client import LESS, PICTURE, STRICT, Client
from ..harness.media import video_seconds, video_size
from ..harness.prices import price

NEW, NEW_LESS = "seedance-2.5", "seedance-2.5-less-restriction"
UNKNOWN = "07ed43de-465d-43b1-b62c-44249b14d818"
OLD = "seedance-2-preview"
TALL, CLIP = "https://cdn.example/fs-size-720x1280.mp4", "https://cdn.example/fs-length-7.5s.mp4"


def draft(client: Client, task_type: str = NEW, **fields: Any) -> dict[str, Any]:
    """A completed draft."""
    return client.finished(task_type, **{"resolution": "480p", "duration": 4, **fields})


def final(client: Client, task_id: str, task_type: str = NEW, **fields: Any) -> dict[str, Any]:
    """The final of a draft, ended; only its id is named."""
    request = {"draft_task_id": task_id, **fields}
    answer = client.call("POST", "/api/v1/task", json={"model": "seedance", "task_type": task_type, "input": request})
    same(answer.status_code, 200, f"status of a final: {answer.text[:300]}")
    same(answer.json()["data"]["input"], request, "the stored input of a final")
    return client.ended(answer.json()["data"]["task_id"])


def size_of(client: Client, task: dict[str, Any]) -> tuple[int, int]:
    """Width and height of a task's video."""
    return video_size(client.download(task["output"]["video"]).content)


@pytest.mark.behaviour("task.draft-task-id")
@pytest.mark.parametrize(
    ("ratio", "size"), [("16:9", (1920, 1080)), ("9:16", (1080, 1920)), ("21:9", (2206, 946)), ("1:1", (1440, 1440))]
)
def test_a_draft_is_made_final_at_1080p(world: Client, ratio: str, size: tuple[int, int]) -> None:
    first = draft(world, aspect_ratio=ratio, duration=6)
    task = final(world, first["task_id"])
    same((task["status"], task["task_type"]), ("completed", NEW), "the final's end and type")
    same(task["meta"]["usage"]["consume"], price(NEW, "1080p", 6), "its points")
    same(size_of(world, task), size, "its size")
    seconds = video_seconds(world.download(task["output"]["video"]).content)
    holds(abs(seconds - 6) < 0.1, "its length", 6, seconds)


@pytest.mark.behaviour("task.draft-task-id")
def test_a_final_asks_for_nothing_of_its_own(world: Client) -> None:
    """What the draft was made from may be gone; what else the request says changes nothing."""
    asset_id = world.active()
    first = draft(world, NEW_LESS, image_urls=[f"asset://{asset_id}"], video_urls=[CLIP])
    world.delete(asset_id)
    task = final(world, first["task_id"], NEW_LESS, duration=30, resolution="480p", aspect_ratio="1:1", mode="nonsense")
    same(task["meta"]["usage"]["consume"], price(NEW_LESS, "1080p", 4), "its points")
    same(size_of(world, task), (1920, 1080), "its size")
    entries = [entry for entry in task["logs"] if entry.startswith(("mode auto", "video reference", "auto_upload"))]
    same(entries, [], "lines about references in its log")


@pytest.mark.behaviour("task.draft-unfit")
def test_only_a_480p_draft_of_the_same_type_will_do(world: Client) -> None:
    unfit = {
        "a task at 720p": draft(world, resolution="720p"),
        "a task of its sibling": draft(world, NEW_LESS),
        "a task of 2.0": draft(world, STRICT),
    }
    frozen = world.points()
    for about, task in unfit.items():
        answer = world.create(NEW, draft_task_id=task["task_id"])
        refused(answer, 400, "only a 480p draft of seedance-2.5", f"a final of {about}")
    same(world.points(), frozen, "points afterwards")


@pytest.mark.behaviour("task.earlier-task-missing")
@pytest.mark.parametrize(("task_type", "field"), [(NEW, "draft_task_id"), (OLD, "parent_task_id")])
def test_an_earlier_task_must_be_there(world: Client, task_type: str, field: str) -> None:
    foreign = draft(world.of_other_key())["task_id"]
    for task_id in (UNKNOWN, foreign, "nonsense"):
        answer = world.create(task_type, **{field: task_id})
        refused(answer, 400, f"{field}: task {task_id} is not found", f"{field} of a task that is not there")
    same(world.create(task_type, **{field: ""}).status_code, 200, f"status with an empty {field}")


@pytest.mark.behaviour("task.earlier-task-not-completed")
@pytest.mark.parametrize(("task_type", "field"), [(NEW, "draft_task_id"), (OLD, "parent_task_id")])
def test_an_earlier_task_must_be_completed(world: Client, task_type: str, field: str) -> None:
    failed = draft(world, prompt="fs-internal-error")["task_id"]
    pending = world.created(NEW, resolution="480p")["task_id"]
    for task_id, status in ((failed, "failed"), (pending, "pending")):
        answer = world.create(task_type, **{field: task_id})
        refused(answer, 400, f"{field}: the task is {status}", f"{field} of a task that is {status}")


@pytest.mark.behaviour("task.parent-task-id")
def test_a_child_takes_over_what_it_does_not_say(world: Client) -> None:
    parent = world.finished(STRICT, duration=7, aspect_ratio="9:16")["task_id"]
    for fields, seconds, size in (
        ({}, 7, (496, 864)),
        ({"prompt": "and then it rains", "duration": 4, "aspect_ratio": "1:1"}, 4, (640, 640)),
    ):
        request = {"parent_task_id": parent, **fields}
        body = {"model": "seedance", "task_type": OLD, "input": request}
        answer = world.call("POST", "/api/v1/task", json=body)
        same(answer.status_code, 200, f"status of a child with {request}")
        data = answer.json()["data"]
        same((data["input"], data["meta"]["usage"]["frozen"]), (request, price(STRICT, "480p", seconds)), "the child")
        same(size_of(world, world.ended(data["task_id"])), size, "its size")


@pytest.mark.behaviour("task.parent-task-id", "task.draft-task-id", "task.omni-task-type")
@pytest.mark.parametrize("task_type", [STRICT, LESS])
def test_elsewhere_the_fields_change_nothing(world: Client, task_type: str) -> None:
    fields = {"parent_task_id": UNKNOWN, "draft_task_id": UNKNOWN, "omni_reference_task_type": "anything"}
    task = world.created(task_type, **fields)
    same(task["input"], {"prompt": "a corgi", **fields}, "the stored input")
    same(task["meta"], world.created(task_type)["meta"], "points and times against a plain task")


@pytest.mark.behaviour("task.omni-task-type")
def test_the_task_of_references_is_one_of_four(world: Client) -> None:
    world.patch(concurrency=10)
    for name in ("auto", "reference", "edit", "extend"):
        answer = world.create(NEW, video_urls=[CLIP], omni_reference_task_type=name)
        same(answer.status_code, 200, f"status with {name}")
    for name in ("replace", "EDIT"):
        answer = world.create(NEW, video_urls=[CLIP], omni_reference_task_type=name)
        refused(answer, 400, "omni_reference_task_type must be one of", f"a create with {name}")


@pytest.mark.behaviour("task.omni-task-type")
@pytest.mark.parametrize(
    ("name", "duration", "seconds"), [("edit", -1, 8), ("edit", None, 8), ("edit", 5, 5), ("extend", None, 5)]
)
def test_an_edit_is_as_long_as_its_input(world: Client, name: str, duration: int | None, seconds: int) -> None:
    task = world.created(NEW, video_urls=[CLIP], omni_reference_task_type=name, duration=duration)
    same(task["meta"]["usage"]["frozen"], price(NEW, "720p", seconds, 8), f"points of {name} with {duration}")


@pytest.mark.behaviour("task.omni-task-type", "task.duration-range-25")
@pytest.mark.parametrize("name", ["auto", "reference", "extend"])
def test_only_an_edit_may_leave_its_length_open(world: Client, name: str) -> None:
    answer = world.create(NEW, video_urls=[CLIP], omni_reference_task_type=name, duration=-1)
    refused(answer, 400, "duration", f"{name} with a duration of -1")


@pytest.mark.behaviour("task.omni-task-type")
@pytest.mark.parametrize("ratio", ["adaptive", None, "16:9"])
@pytest.mark.parametrize(("name", "follows"), [("edit", True), ("extend", True), ("reference", False)])
def test_edit_and_extend_take_the_ratio_of_the_video(
    world: Client, name: str, follows: bool, ratio: str | None
) -> None:
    answer = world.create(NEW, video_urls=[TALL], omni_reference_task_type=name, aspect_ratio=ratio)
    if ratio == "adaptive" and not follows:
        refused(answer, 400, "aspect_ratio", f"{name} with ratio {ratio}")
        return
    same(answer.status_code, 200, f"status of {name} with ratio {ratio}")
    task = world.ended(answer.json()["data"]["task_id"])
    same(size_of(world, task), (720, 1280) if follows else (1280, 720), f"size of {name} with ratio {ratio}")


@pytest.mark.behaviour("task.omni-task-type", "task.ratio-rule")
def test_adaptive_needs_references_as_such(world: Client) -> None:
    order: dict[str, Any] = {"omni_reference_task_type": "edit", "aspect_ratio": "adaptive"}
    refused(world.create(NEW, **order), 400, "aspect_ratio", "adaptive without references")
    same(world.create(NEW, **order, image_urls=[PICTURE]).status_code, 200, "adaptive with a frame")
