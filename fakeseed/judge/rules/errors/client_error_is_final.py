"""A request refused with a 4xx is not repeated unchanged."""

from collections.abc import Iterator

from fakeseed.judge.entries import RequestRecord
from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule

FINAL = (400, 402, 403, 404, 405, 413, 422)


@rule(
    "A request refused with a 4xx other than 408 and 429 is not repeated unchanged.",
    rationale=(
        "It will be refused again. A loop over refusals costs the rate limit and hides the message that says what "
        "is wrong."
    ),
    source="https://piapi.ai/docs/seedance-api/get-task",
    severity="error",
    evidence="A refusal that surely arrived, directly followed by the same request; for gets, three times in a row.",
    exception="a gateway of your own answers 4xx for a moment.",
    retry="if",
)
def client_error_is_final(history: History) -> Iterator[RuleCase]:
    checked = -1
    for index, request in enumerate(history.requests):
        if index <= checked or request.status not in FINAL or not request.clear or request.route == "download file":
            continue
        again = _again(history.requests[index + 1 :], request)
        checked = index + len(again)
        allowed = 2 if request.method == "GET" else 0
        statement = f"refused with {request.status} and sent again {len(again)} times"
        yield case(len(again) <= allowed, statement, request, *again[:3])


def _again(following: list[RequestRecord], request: RequestRecord) -> list[RequestRecord]:
    repeats = []
    for entry in following:
        if not entry.like(request):
            break
        repeats.append(entry)
    return repeats
