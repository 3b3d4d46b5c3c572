"""Tasks that go on from an earlier one: a draft that is made final, a result that is extended."""

from collections.abc import Callable

from msgspec.structs import replace

from fakeseed.model.behaviours import implements
from fakeseed.model.inputs import TaskInput
from fakeseed.model.refusals import Refusal, refuse
from fakeseed.model.task import Task
from fakeseed.model.task_types import REDIRECTED, SIZES, TaskType, nearest_ratio

FindTask = Callable[[str], Task | None]
"""A task of the same key by its id, or None."""

DRAFT_RESOLUTION, FINAL_RESOLUTION = "480p", "1080p"


@implements("task.parent-task-id")
def inherited(task_type: str, task_input: TaskInput, find: FindTask) -> TaskInput | Refusal:
    """What is asked, completed by the parent where nothing is said. Only the preview names know parents."""
    if not task_input.parent_task_id or task_type not in REDIRECTED:
        return task_input
    parent = find(task_input.parent_task_id)
    if parent is None:
        return refuse("earlier-task-missing", field="parent_task_id", task_id=task_input.parent_task_id)
    if parent.status != "completed":
        return refuse("earlier-task-not-completed", field="parent_task_id", state=parent.status)
    return replace(
        task_input,
        prompt=task_input.prompt or parent.prompt,
        duration=parent.seconds if task_input.duration is None else task_input.duration,
        aspect_ratio=task_input.aspect_ratio or nearest_ratio(parent.width, parent.height),
    )


def promoted(row: TaskType, task_input: TaskInput, find: FindTask) -> Task | Refusal | None:
    """The draft that a task makes final, or why it cannot; None where none is named, or the type knows none."""
    if not task_input.draft_task_id or not row.has_extras:
        return None
    draft = find(task_input.draft_task_id)
    if draft is None:
        return refuse("earlier-task-missing", field="draft_task_id", task_id=task_input.draft_task_id)
    if draft.status != "completed":
        return refuse("earlier-task-not-completed", field="draft_task_id", state=draft.status)
    if draft.task_type != row.name or (draft.width, draft.height) not in SIZES[DRAFT_RESOLUTION].values():
        return refuse("draft-unfit", task_type=row.name, resolution=DRAFT_RESOLUTION)
    return draft
