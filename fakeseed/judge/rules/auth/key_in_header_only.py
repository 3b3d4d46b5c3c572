"""The API key is sent in its header only."""

from collections.abc import Iterator
from urllib.parse import parse_qsl

from fakeseed.judge.entries import RequestRecord
from fakeseed.judge.history import History
from fakeseed.judge.queries.json_fields import fields
from fakeseed.judge.rule import RuleCase, case, rule

NAMES = {"api_key", "apikey", "api-key", "x-api-key", "x_api_key", "key", "token", "access_token"}


@rule(
    "The API key is sent in the X-API-Key header only, never in a URL or a body.",
    rationale="URLs and bodies end up in logs of proxies and servers, and a key in a log is a key for everybody.",
    source="https://piapi.ai/docs/seedance-api/private-asset",
    severity="error",
    evidence="Every request; a query key or a top-level body field with the name of a key.",
    exception="a proxy of your own takes its own key from the URL and strips it.",
)
def key_in_header_only(history: History) -> Iterator[RuleCase]:
    for request in history.requests:
        key_names = sorted(_names(request) & NAMES)
        yield case(not key_names, f"a key is sent as {', '.join(key_names)}", request)


def _names(request: RequestRecord) -> set[str]:
    query = {name.lower() for name, _ in parse_qsl(request.query, keep_blank_values=True)}
    return query | {name.lower() for name in fields(request.body)}
