"""Whether a timeout of the client's own ended it, by its last words and the last request that it sent."""

import re

from fakeseed.judge.history import History
from fakeseed.judge.queries.formatting import entry_line

TIMEOUT_NAMES = re.compile(
    r"\b(?:\w*Timeout(?:Error|Exception)?|ETIMEDOUT|UND_ERR_\w*TIMEOUT|AbortError|timed out|deadline exceeded)\b"
)
"""What Python's, Node's, Java's and Go's HTTP clients write when a request took longer than they wait."""
TAIL = 2000
"""Characters at the end of the output in which the name of what ended a client stands."""


def timeout_diagnosis(history: History) -> str:
    """One sentence that names the timeout and the request that it cut off; empty when no timeout is in the output."""
    text = history.ending.text[-TAIL:] if history.ending else ""
    names = TIMEOUT_NAMES.findall(text)
    if not names or not history.requests:
        return ""
    last = history.requests[-1]
    cause = f"which {', '.join(sorted(last.faults))} held back" if last.faults else "which no fault held back"
    return f"its own timeout ended it ({names[-1]}) at its last request, {cause}: {entry_line(last)}"
