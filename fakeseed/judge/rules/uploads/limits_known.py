"""Files are checked against the limits before they are uploaded."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule

LIMITS = ("upload.size", "upload.types", "upload.name-rule", "upload.base64")
INGEST = tuple(
    f"asset.ingest.{limit}"
    for limit in (
        *("file-size-too-large", "image-sides", "image-ratio", "video-resolution", "duration-too-short"),
        *("duration-too-long", "video-frame-rate", "format-unsupported", "image-format"),
    )
)


@rule(
    "A file is checked against the documented size, format and length before it is uploaded.",
    rationale=(
        "The limits are public, and a file that breaks one is refused after it has crossed the wire, or fails "
        "minutes after the upload was accepted."
    ),
    source="https://piapi.ai/docs/seedance-api/private-asset",
    severity="warning",
    evidence=(
        "File uploads that are refused for size, format or name, and assets that fail for a limit; sources whose "
        "failure was asked for by a directive do not count."
    ),
    exception="sources belong to users and cannot be looked at before.",
)
def limits_known(history: History) -> Iterator[RuleCase]:
    for request in history.on("upload file"):
        yield case(request.refused not in LIMITS, f"refused: {request.refused}", request)
    for asset in history.uploaded:
        failed = [event for event in asset.events if event.behaviour in INGEST]
        if failed and "fs-fail" not in asset.url and asset.upload is not None:
            yield case(False, f"{asset.url} breaks a limit: {failed[0].behaviour}", asset.upload, failed[0])
