"""Retry-After is honoured."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule

SLACK = 0.5


@rule(
    "Retry-After is honoured: the same request is not sent again before that time is over.",
    rationale=(
        "The server says when it will listen. Whoever asks before is refused again, and may be shut out for longer."
    ),
    source="https://www.rfc-editor.org/rfc/rfc9110#name-retry-after",
    severity="error",
    evidence="Answers with Retry-After in seconds, and the next request like them.",
    exception="none: give up instead.",
    timed=True,
    retry="when",
)
def retry_after_honoured(history: History) -> Iterator[RuleCase]:
    for request in history.requests:
        delay = request.response_headers.get("retry-after", "")
        if not delay.isdecimal() or not int(delay) or not request.clear or request.status < 400:
            continue
        again = history.next_like(request)
        if again is None:
            yield case(True, "", request)
        else:
            waited = history.seconds_between(request, again)
            yield case(
                waited >= int(delay) - SLACK, f"told to wait {delay} s, came after {waited:.1f} s", request, again
            )
