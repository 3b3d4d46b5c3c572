"""Operations on the account, and on files behind URLs."""

from fakeseed.model.admission import MODEL
from fakeseed.model.routes import ROUTES
from fakeseed.openapi.assets import NUMBER
from fakeseed.openapi.error_responses import DOOR
from fakeseed.openapi.operation import (
    DocumentedResponse,
    Operation,
    example,
    link,
    query_parameter,
    wire,
)
from fakeseed.openapi.samples import ACCOUNT, ACTIVE, HISTORY
from fakeseed.piapi.account_api import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE

TAG = "Account"
FILES = "Files"

INFO = Operation(
    route=ROUTES["get account"],
    tag=TAG,
    summary="Get the account",
    description="Who the key belongs to, its plan and its points.",
    answers=(
        DocumentedResponse(
            status=200,
            description="The account.",
            behaviours=("account.info", "account.credits-in-points", "account.usd"),
            schema="AccountAnswer",
            examples={"premium": example("A premium account with one active task", wire(ACCOUNT))},
        ),
    ),
    refusals=DOOR,
)

ACTIVE_TASKS = Operation(
    route=ROUTES["list active tasks"],
    tag=TAG,
    summary="List tasks that have not ended",
    description="Every task that is pending or processing, by provider, with counts.",
    answers=(
        DocumentedResponse(
            status=200,
            description="The active tasks.",
            behaviours=("account.active-tasks",),
            schema="ActiveAnswer",
            examples={"one": example("One task runs", wire(ACTIVE))},
            links={
                "GetTask": link(
                    "getTask", "Poll the oldest.", {"task_id": "$response.body#/data/seedance/active_tasks/0/task_id"}
                ),
                "CancelTask": link(
                    "cancelTask",
                    "Take the oldest back while it is `pending`.",
                    {"task_id": "$response.body#/data/seedance/active_tasks/0/task_id"},
                ),
            },
        ),
    ),
    refusals=DOOR,
)

HISTORIES = Operation(
    route=ROUTES["list ended tasks"],
    tag=TAG,
    summary="List tasks that have ended",
    description="One page of completed and failed tasks, the last ended first.",
    parameters=(
        query_parameter("page", "Which page, from 1.", {**NUMBER, "default": 1}, 1, allowEmptyValue=True),
        query_parameter(
            "page_size",
            "Tasks on a page.",
            {**NUMBER, "maximum": MAX_PAGE_SIZE, "default": DEFAULT_PAGE_SIZE},
            DEFAULT_PAGE_SIZE,
            allowEmptyValue=True,
        ),
        query_parameter("model", "Tasks of this model only.", {"type": "string"}, MODEL, allowEmptyValue=True),
        *(
            query_parameter(name, description, {"type": "integer", "minimum": 0}, sample, allowEmptyValue=True)
            for name, description, sample in (
                ("start_time", "Tasks created at this Unix second or later.", 1780790400),
                ("end_time", "Tasks created at this Unix second or before.", 1780876800),
            )
        ),
    ),
    answers=(
        DocumentedResponse(
            status=200,
            description="The page.",
            behaviours=(
                "account.histories",
                "account.histories-filters",
                "account.histories-row",
                "account.histories-output",
            ),
            schema="HistoryAnswer",
            examples={"one": example("One completed task", wire(HISTORY))},
            links={
                "GetTask": link(
                    "getTask", "The whole task that ended last.", {"task_id": "$response.body#/data/data/0/task_id"}
                )
            },
        ),
    ),
    refusals=(*DOOR, "query-invalid"),
)

OPERATIONS = (INFO, ACTIVE_TASKS, HISTORIES)
