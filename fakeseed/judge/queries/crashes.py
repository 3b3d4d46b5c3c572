"""Whether a client died of a mistake in its own code, by the last lines of its output."""

import re

from fakeseed.judge.entries import Ending

TAIL = 4000
"""Characters at the end of the output in which the report of a crash stands."""
_REPORT = re.compile(r"Traceback \(most recent call last\)|^\s+at .+", re.MULTILINE)
"""How Python's and Node's reports of an error that nobody caught look."""
_MISTAKE = re.compile(
    r"^(?:Uncaught )?((?:Type|Key|Attribute|Index|Name|UnboundLocal|ZeroDivision|Assertion|Reference|Range)Error\b.*)",
    re.MULTILINE,
)
_OF_THE_NETWORK = re.compile(r"fetch failed|terminated|network", re.IGNORECASE)
"""What Node calls a TypeError and is a lost answer."""


def crash_of(ending: Ending) -> str:
    """The error of a client's own code that ended it; empty when it ended otherwise."""
    text = ending.text[-TAIL:]
    if ending.successful or ending.how != "exited" or not _REPORT.search(text):
        return ""
    mistakes = [message for message in _MISTAKE.findall(text) if not _OF_THE_NETWORK.search(message)]
    return mistakes[-1][:200] if mistakes else ""
