"""An asset that is wanted is kept alive."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "An asset is not relied on after it was left idle for longer than the plan keeps it.",
    rationale=(
        "Assets that nobody lists, gets or uses for some days (3 on the small plans) are purged, and the "
        "create that "
        "refers to them is refused. One list a day is enough to keep a library."
    ),
    source="https://piapi.ai/docs/seedance-api/private-asset",
    severity="warning",
    evidence="Assets that the client uploaded and that were purged, and creates with them afterwards; uses of assets "
    "that are a day old.",
    exception="the client uploads again when it is told that an asset is gone, and counts on that.",
)
def idle_assets(seen: History) -> Iterator[RuleCase]:
    for asset in seen.uploaded:
        purged = asset.gone("expired")
        if purged is not None:
            uses = [one for one in seen.after(purged, "create task") if asset.asset_id in one.asset_ids]
            says = f"{asset.asset_id} was left idle until it was purged, and is used"
            yield case(not uses, says, purged, *uses[:2])
        elif asset.upload is not None:
            kept = [one for one in seen.after(asset.upload, "create task") if asset.asset_id in one.asset_ids]
            yield from (case(True, "", one) for one in kept if (one.at - asset.upload.at) > _DAY)


_DAY = 24 * 3600 * 10**9
