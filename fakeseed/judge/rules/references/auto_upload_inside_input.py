"""The auto-upload fields stand inside input."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.json_fields import fields
from fakeseed.judge.rule import RuleCase, case, rule

NAMES = ("auto_upload_assets", "asset_retention_hours")


@rule(
    "auto_upload_assets and asset_retention_hours stand inside input.",
    rationale=(
        "Beside input they are ignored without a word: five live tasks were seen to run without auto-upload, and "
        "were refused for the face in their picture."
    ),
    source="https://github.com/RobimLocar/saas",
    severity="error",
    evidence="Every create that names one of the two fields.",
    exception="none: the fields do nothing there.",
)
def auto_upload_inside_input(history: History) -> Iterator[RuleCase]:
    for request in history.on("create task"):
        outside = [name for name in NAMES if name in fields(request.body)]
        if outside or any(name in request.input for name in NAMES):
            yield case(not outside, f"{' and '.join(outside)} stand beside input and are ignored", request)
