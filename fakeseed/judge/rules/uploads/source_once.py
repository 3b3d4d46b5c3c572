"""A source is uploaded once while its asset exists."""

from collections.abc import Iterator

from fakeseed.judge.history import AssetHistory, History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A source is not uploaded again while its asset exists.",
    rationale=(
        "Each upload of the same URL makes another asset and takes another place of the plan's limit; reuse is "
        "what assets are for."
    ),
    source="https://piapi.ai/blogs/seedance-private-assets-api",
    severity="warning",
    evidence="Two uploads of the same URL, the first one answered, its asset neither failed nor gone.",
    exception="what is behind the URL changes.",
)
def source_once(history: History) -> Iterator[RuleCase]:
    last: dict[str, AssetHistory] = {}
    for asset in history.uploaded:
        first = last.get(asset.url)
        if first is not None and first.upload is not None and not first.upload.failed and asset.upload is not None:
            alive = first.state_before(asset.upload.seq) in ("Processing", "Active")
            statement = f"{asset.url} is uploaded again while {first.asset_id} is there"
            yield case(not alive or first.upload is asset.upload, statement, first.upload, asset.upload)
        elif asset.upload is not None:
            yield case(True, "", asset.upload)
        last[asset.url] = asset
