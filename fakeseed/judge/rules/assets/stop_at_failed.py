"""A Failed asset is neither waited for nor used."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule

ALLOWED = 2


@rule(
    "An asset that was seen Failed is neither waited for nor used.",
    rationale=(
        "A failed asset never becomes Active. A client that knows only one end waits until its own patience is "
        "over, and its user never reads the reason."
    ),
    source="https://piapi.ai/docs/seedance-api/private-asset",
    severity="error",
    evidence="A get that surely showed Failed, and gets of the same asset or creates with it afterwards.",
    exception="gets come from a page that people reload.",
)
def stop_at_failed(history: History) -> Iterator[RuleCase]:
    for asset in history.assets.values():
        failed = next((get for get in asset.gets if get.clear and get.state.lower() == "failed"), None)
        if failed is None:
            continue
        gets = [get for get in asset.gets if get.seq > failed.seq]
        uses = [entry for entry in history.after(failed, "create task") if asset.asset_id in entry.asset_ids]
        statement = f"seen Failed, then asked for {len(gets)} times and used {len(uses)} times"
        yield case(len(gets) <= ALLOWED and not uses, statement, failed, *gets[:3], *uses[:3])
