"""Auto-upload is used with less-restriction types and public URLs only."""

from collections.abc import Iterator

from fakeseed.judge.entries import RequestRecord
from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule
from fakeseed.model.task_types import REDIRECTED, TASK_TYPES


@rule(
    "auto_upload_assets is used with less-restriction types and public URLs only.",
    rationale=(
        "A strict type refuses the flag, and a data URI with it is refused as an invalid URL; one published client"
        " met that when it switched the flag on for local files."
    ),
    source="https://piapi.ai/blogs/seedance-private-assets-api",
    severity="error",
    evidence="Every create with auto_upload_assets inside input: its type and its references.",
    exception="none: the request is refused.",
)
def auto_upload_fits(history: History) -> Iterator[RuleCase]:
    for request in history.on("create task"):
        if request.input.get("auto_upload_assets") is True:
            problem = _problem(request)
            yield case(not problem, problem, request)


def _problem(request: RequestRecord) -> str:
    kind = TASK_TYPES.get(REDIRECTED.get(request.task_type, request.task_type))
    if kind is not None and kind.strict:
        return f"{request.task_type} takes no auto_upload_assets"
    return "a data URI cannot be auto-uploaded" if any(uri[:5] == "data:" for uri in request.references) else ""
