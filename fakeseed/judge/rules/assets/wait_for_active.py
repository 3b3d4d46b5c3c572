"""A task waits for its assets."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A task refers to an asset only once the asset is Active.",
    rationale=(
        "An upload answers at once and is Processing for minutes. A create that refers to it before is "
        "refused; the "
        "article calls it the second of the common mistakes."
    ),
    source="https://piapi.ai/blogs/seedance-private-assets-api",
    severity="error",
    evidence="Every create with asset:// of an asset that the journal knows: its status at that moment.",
    exception="none: the request is refused.",
)
def wait_for_active(seen: History) -> Iterator[RuleCase]:
    for request in seen.on("create task"):
        for asset_id in request.asset_ids:
            asset = seen.assets.get(asset_id)
            if asset is None or not asset.state_before(request.seq):
                continue
            early = asset.state_before(request.seq) == "Processing"
            yield case(not early, f"{asset_id} is still Processing", *([asset.upload] if asset.upload else []), request)
