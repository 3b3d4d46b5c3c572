"""An asset is not used after the plan purged it for idleness."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "An asset is not used after it was left idle for longer than the plan keeps it.",
    rationale=(
        "Assets that nobody lists, gets or uses for some days (3 on the small plans) are purged, and the create "
        "that refers to them is refused. One list a day is enough to keep a library."
    ),
    source="https://piapi.ai/docs/seedance-api/private-asset",
    severity="warning",
    evidence=(
        "Assets that the client uploaded and that were purged, and creates with them afterwards; uses of assets "
        "that are a day old."
    ),
    exception="the client uploads again when it is told that an asset is gone, and counts on that.",
)
def idle_assets(history: History) -> Iterator[RuleCase]:
    for asset in history.uploaded:
        purged = asset.gone("expired")
        if purged is not None:
            uses = [entry for entry in history.after(purged, "create task") if asset.asset_id in entry.asset_ids]
            statement = f"{asset.asset_id} was left idle until it was purged, and is used"
            yield case(not uses, statement, purged, *uses[:2])
        elif asset.upload is not None:
            reused = [
                entry for entry in history.after(asset.upload, "create task") if asset.asset_id in entry.asset_ids
            ]
            yield from (case(True, "", entry) for entry in reused if (entry.at - asset.upload.at) > _DAY)


_DAY = 24 * 3600 * 10**9
