"""asset_type is valid and agrees with the file suffix."""

from collections.abc import Iterator

from fakeseed.judge.history import History, upload_entries
from fakeseed.judge.queries.json_fields import Json
from fakeseed.judge.rule import RuleCase, case, rule
from fakeseed.model.media import kind_of_suffix
from fakeseed.model.references import suffix

KINDS = ("Image", "Video", "Audio")


@rule(
    "An upload's asset_type is Image, Video or Audio and agrees with the suffix of the URL.",
    rationale=(
        "A type that is spelled otherwise, or that cannot be inferred, is refused; one that contradicts the file "
        "makes the asset fail minutes later."
    ),
    source="https://piapi.ai/docs/seedance-api/private-asset",
    severity="error",
    evidence="Every upload: asset_type and the suffix of url.",
    exception="a URL ends in a suffix that is not its file's.",
)
def type_known(history: History) -> Iterator[RuleCase]:
    for request in history.on("upload assets"):
        for entry in upload_entries(request):
            problem = _problem(entry)
            yield case(not problem, problem, request)


def _problem(entry: Json) -> str:
    url, kind = str(entry.get("url") or ""), entry.get("asset_type") or ""
    ending, inferred = suffix(url), kind_of_suffix(url)
    if kind and kind not in KINDS:
        return f"asset_type {kind!r} is none of {', '.join(KINDS)}"
    if not kind and inferred is None:
        return f"{url or 'an upload'} has no asset_type, and its URL does not tell it"
    return f"asset_type {kind} for a URL that ends in {ending}" if kind and inferred not in (None, kind) else ""
