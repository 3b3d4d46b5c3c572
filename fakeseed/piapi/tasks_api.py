"""Task endpoints: create, get, cancel."""

import msgspec

from fakeseed.model.behaviours import implements
from fakeseed.model.inputs import CreateTask, TaskInput
from fakeseed.model.refusals import Refusal, refuse
from fakeseed.model.task import Task
from fakeseed.model.times import SECOND
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.parse import BodyError, as_shape, read_body
from fakeseed.piapi.responses import Response, json_response, refusal_response
from fakeseed.piapi.wire import TaskEnvelope, TaskView, TimedTaskEnvelope, encode, task_view
from fakeseed.world import tasks_service
from fakeseed.world.tasks_service import NOTHING_MEASURED, Measured
from fakeseed.world.world import World

SUCCESS = "success"


@implements("task.envelope", "task.create", "task.no-idempotency-key")
def create(world: World, call: ApiRequest) -> Response:
    """``POST /api/v1/task``."""
    view = None
    try:
        body = read_body(call.body, CreateTask)
        view = TaskView(model=(body.model or "")[:80], task_type=(body.task_type or "")[:80])
        task_input = as_shape(body.input or {}, TaskInput)
    except BodyError as problem:
        return refusal_response(refuse("task-body-invalid", reason=str(problem)), view)
    measured = call.prepared if isinstance(call.prepared, Measured) else NOTHING_MEASURED
    task = tasks_service.create(
        world, body, task_input, call.base_url, measured, may_contain_secret=call.may_contain_secret
    )
    if isinstance(task, Refusal):
        echo = msgspec.Raw(encode(body.input)) if body.input and len(call.body) < 10_000 else msgspec.Raw(b"{}")
        return refusal_response(task, msgspec.structs.replace(view, input=echo))
    return _task_response(world, task, call, created=(task,))


@implements("task.get-envelope")
def get(world: World, call: ApiRequest) -> Response:
    """``GET /api/v1/task/{task_id}``."""
    task = world.tasks.get(call.params["task_id"])
    if task is None:
        return refusal_response(refuse("task-unknown"))
    view = task_view(task, world.profile, call.base_url)
    return json_response(
        TimedTaskEnvelope(world.now // SECOND, 200, view, SUCCESS), may_contain_secret=task.may_contain_secret
    )


def cancel(world: World, call: ApiRequest) -> Response:
    """``DELETE /api/v1/task/{task_id}``."""
    task = tasks_service.cancel(world, call.params["task_id"])
    return refusal_response(task) if isinstance(task, Refusal) else _task_response(world, task, call)


def _task_response(world: World, task: Task, call: ApiRequest, created: tuple[Task, ...] = ()) -> Response:
    view = task_view(task, world.profile, call.base_url)
    return json_response(TaskEnvelope(200, view, SUCCESS), may_contain_secret=task.may_contain_secret, created=created)
