"""What is uploaded is what its type says."""

from collections.abc import Iterator

from fakeseed.judge.history import History, upload_entries
from fakeseed.judge.queries.json_fields import Json
from fakeseed.judge.rule import RuleCase, case, rule
from fakeseed.model.media import kind_of_suffix
from fakeseed.model.references import suffix

KINDS = ("Image", "Video", "Audio")


@rule(
    "An upload says Image, Video or Audio, and its URL's ending does not say otherwise.",
    rationale=(
        "A type that is spelled otherwise, or that cannot be inferred, is refused; one that contradicts the "
        "file makes "
        "the asset fail minutes later."
    ),
    source="https://piapi.ai/docs/seedance-api/private-asset",
    severity="error",
    evidence="Every upload: asset_type and the suffix of url.",
    exception="a URL ends in a suffix that is not its file's.",
)
def type_known(seen: History) -> Iterator[RuleCase]:
    for request in seen.on("upload assets"):
        for entry in upload_entries(request):
            problem = _problem(entry)
            yield case(not problem, problem, request)


def _problem(entry: Json) -> str:
    url, kind = str(entry.get("url") or ""), entry.get("asset_type") or ""
    ending, known = suffix(url), kind_of_suffix(url)
    if kind and kind not in KINDS:
        return f"asset_type {kind!r} is none of {', '.join(KINDS)}"
    if not kind and known is None:
        return f"{url or 'an upload'} has no asset_type, and its URL does not tell it"
    return f"asset_type {kind} for a URL that ends in {ending}" if kind and known not in (None, kind) else ""
