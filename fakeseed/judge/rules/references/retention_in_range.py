"""asset_retention_hours is within the documented range."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule

LEAST, MOST = 3, 8


@rule(
    f"With auto-upload, asset_retention_hours is a whole number from {LEAST} to {MOST}.",
    rationale="The window is what two published clients read out of the pages; outside of it the create is refused.",
    source="https://piapi.ai/blogs/seedance-private-assets-api",
    severity="error",
    evidence="Every create with auto_upload_assets and asset_retention_hours.",
    exception="the service has told you of a wider window.",
)
def retention_in_range(history: History) -> Iterator[RuleCase]:
    for request in history.on("create task"):
        hours = request.input.get("asset_retention_hours")
        if request.input.get("auto_upload_assets") is True and hours is not None:
            whole = isinstance(hours, int) and not isinstance(hours, bool) and LEAST <= hours <= MOST
            yield case(whole, f"asset_retention_hours is {hours!r}", request)
