"""A response without an id is treated as a failure."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule

NO_IDS = ("None", "null", "undefined", "NaN", "nil", "[object Object]", "")


@rule(
    "A response without an id is treated as a failure, whatever its HTTP status.",
    rationale=(
        "Failures come with HTTP 200 and the real status in code. A client that looks at HTTP alone goes on and "
        "polls for task None until its patience is over."
    ),
    source="https://github.com/PiAPI-1/piapi-cli",
    severity="error",
    evidence=(
        "Creates and uploads with a status below 300 and no id in the answer; requests whose path ends in None, "
        "null or undefined."
    ),
    exception="none: there is no such task.",
)
def answer_checked(history: History) -> Iterator[RuleCase]:
    idless = [
        entry
        for entry in history.on("create task", "upload assets")
        if entry.status < 300 and not history.made_by[entry.seq]
    ]
    wild = [
        entry for entry in history.on("get task", "get asset", "cancel task", "delete asset") if entry.path_id in NO_IDS
    ]
    for request in idless:
        yield case(not wild, f"no id was told, and {wild[0].path if wild else ''} was asked for", request, *wild[:2])
    if wild and not idless:
        yield case(False, f"{wild[0].path} is asked for", *wild[:3])
