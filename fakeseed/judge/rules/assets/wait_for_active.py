"""A task uses an asset only after it became Active."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A task uses an asset only after the asset became Active.",
    rationale=(
        "An upload answers at once and is Processing for minutes. A create that refers to it before is refused; "
        "the article calls it the second of the common mistakes."
    ),
    source="https://piapi.ai/blogs/seedance-private-assets-api",
    severity="error",
    evidence="Every create with asset:// of an asset that the journal knows: its status at that moment.",
    exception="none: the request is refused.",
)
def wait_for_active(history: History) -> Iterator[RuleCase]:
    for request in history.on("create task"):
        for asset_id in request.asset_ids:
            asset = history.assets.get(asset_id)
            if asset is None or not asset.state_before(request.seq):
                continue
            early = asset.state_before(request.seq) == "Processing"
            yield case(not early, f"{asset_id} is still Processing", *([asset.upload] if asset.upload else []), request)
