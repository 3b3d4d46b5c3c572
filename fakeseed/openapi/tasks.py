"""Operations on tasks."""

from fakeseed.model.routes import ROUTES
from fakeseed.openapi.error_responses import DOOR, OF_TASKS
from fakeseed.openapi.fields import UUID
from fakeseed.openapi.inputs import TASK_BODY
from fakeseed.openapi.introduction import task_types
from fakeseed.openapi.operation import JSON, DocumentedResponse, Json, Operation, example, link, path_parameter
from fakeseed.openapi.samples import (
    CANCELLED,
    COMPLETED,
    FAILED,
    PENDING,
    PROCESSING,
    TASK_ID,
    TASKS,
    created,
    seen,
)

TAG = "Tasks"
ID = path_parameter(
    "task_id", "Id of a task of this key.", {"type": "string", "format": "uuid", "pattern": f"^{UUID}$"}, TASK_ID
)
_OWN = {"task_id": "$response.body#/data/task_id"}

DOWNLOAD: Json = link(
    "downloadFile",
    "`data.output.video` is the whole URL of the video; its last path segment is `name`.",
    **{"x-parameters": {"name": {"from": "$response.body#/data/output/video", "pattern": "/ephemeral/([^/?#]+)$"}}},
)

CREATE = Operation(
    route=ROUTES["create task"],
    tag=TAG,
    summary="Create a task",
    description="Begins a video. The whole price is frozen at once; completion consumes it, failure gives it back. "
    "There is no idempotency key: the same body twice makes two tasks. Poll `getTask`, or name a webhook.\n\n"
    "References stand in three arrays and may be mixed: `asset://` and the id of an `Active` asset, public URLs, data "
    "URIs. Their places in the arrays are their names in the prompt: Image 1, Image 2, Video 1, Audio 1.\n\n"
    f"{task_types()}",
    body={"required": True, "content": {JSON: {"schema": TASK_BODY, "examples": TASKS}}},
    answers=(
        DocumentedResponse(
            status=200,
            description="The task is there, as `pending`.",
            behaviours=("task.create", "task.envelope", "task.fields", "money.freeze-at-create"),
            schema="TaskAnswer",
            examples={"pending": example("Waits", created(PENDING))},
            links={
                "GetTask": link("getTask", "See whether it is `completed`.", _OWN),
                "CancelTask": link("cancelTask", "Take it back while it is `pending`.", _OWN),
            },
        ),
    ),
    refusals=(*DOOR, *OF_TASKS),
)

GET = Operation(
    route=ROUTES["get task"],
    tag=TAG,
    summary="Get a task",
    description="Where a task stands. Poll with patience, every few seconds, until the status is `completed` or "
    "`failed`. A failed task answers 200 as well: look at `data.status`.",
    parameters=(ID,),
    answers=(
        DocumentedResponse(
            status=200,
            description="The task.",
            behaviours=("task.get-envelope", "task.fields", "task.status-lower-case", "output.only-at-the-end"),
            schema="TimedTaskAnswer",
            examples={
                "processing": example("Runs", seen(PROCESSING)),
                "completed": example("Has made a video", seen(COMPLETED)),
                "failed": example("Was refused for its content", seen(FAILED)),
            },
            links={
                "GetTask": link("getTask", "Poll again.", _OWN),
                "CancelTask": link("cancelTask", "Take it back while it is `pending`.", _OWN),
                "DownloadOutput": DOWNLOAD,
            },
        ),
    ),
    refusals=(*DOOR, "task-unknown", "path-unknown"),
)

CANCEL = Operation(
    route=ROUTES["cancel task"],
    tag=TAG,
    summary="Cancel a task",
    description="Ends a task that still waits, as `failed`, and gives its points back. The task stays: a get "
    "still shows it.",
    parameters=(ID,),
    answers=(
        DocumentedResponse(
            status=200,
            description="The task, cancelled.",
            behaviours=("task.cancel", "money.refund"),
            schema="TaskAnswer",
            examples={"cancelled": example("Cancelled", created(CANCELLED))},
            links={"GetTask": link("getTask", "It is `failed` now.", _OWN)},
        ),
    ),
    refusals=(*DOOR, "task-unknown", "cancel-too-late", "path-unknown"),
)

OPERATIONS = (CREATE, GET, CANCEL)
