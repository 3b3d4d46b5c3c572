"""Files are downloaded without the API key."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule
from fakeseed.world.journal import KEY_HEADER


@rule(
    "A video is downloaded without the API key.",
    rationale=(
        "Output URLs lead to another host than the API, and may redirect to a third; a client that sends its key "
        "along gives it to whoever is there. Here both are one host, so this is advice: a client may tell them "
        "apart by host."
    ),
    source="https://github.com/Hearmeman24/BlockFlow",
    severity="advice",
    evidence="Every download of a file; the header X-API-Key on it.",
    exception="the client compares hosts, and sends its key to the API's own host only.",
)
def key_not_sent_to_files(history: History) -> Iterator[RuleCase]:
    for request in history.on("download file"):
        yield case(KEY_HEADER not in request.headers, "the download carries the API key", request)
