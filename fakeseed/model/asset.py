"""Assets: the record, and what is decided about an upload."""

from urllib.parse import urlsplit

import msgspec

from fakeseed.model.behaviours import implements
from fakeseed.model.inputs import AssetUpload
from fakeseed.model.media import KINDS, IngestFailure, MediaFacts, MediaKind, kind_of_suffix
from fakeseed.model.plans import Plan
from fakeseed.model.references import is_http_url
from fakeseed.model.refusals import Refusal, refuse

STATUSES = ("Processing", "Active", "Failed")
COUNTED = frozenset({"Processing", "Active"})
"""Statuses that take a place of the managed limit (behaviour ``asset.failed-is-free``)."""

MAX_BATCH = 50
"""Entries in one upload (behaviour ``asset.batch-limit``)."""


class IngestPlan(msgspec.Struct, frozen=True, gc=False):
    """What will become of an ingest: when it ends (a span in nanoseconds; None: never) and how.

    ``revoked_after``: the span from Active to a revocation, where a fault has planned one.
    """

    delay: int | None
    facts: MediaFacts | None = None
    failure: IngestFailure | None = None
    revoked_after: int | None = None


class Asset(msgspec.Struct, gc=False):
    """One asset. Times are instants; ``slot_until`` is when an ephemeral asset frees its place under the cap."""

    asset_id: str
    seq: int
    name: str
    asset_type: MediaKind
    url: str
    status: str
    upload_at: int
    last_used_at: int
    expires_at: int
    fate: IngestPlan
    facts: MediaFacts | None = None
    failure: IngestFailure | None = None
    face: bool = False
    task_id: str | None = None
    slot_until: int = 0

    @property
    def ephemeral(self) -> bool:
        """Whether auto-upload made it for one task."""
        return self.task_id is not None


class AcceptedUpload(msgspec.Struct, frozen=True, gc=False):
    """An upload that will become an asset."""

    url: str
    asset_type: MediaKind
    name: str


@implements("asset.name-default", "asset.type-inferred", "asset.free-of-charge")
def decide_upload(upload: AssetUpload, plan: Plan, used: int) -> AcceptedUpload | Refusal:
    """Whether one entry becomes an asset; ``used`` counts the places taken before it."""
    url = upload.url or ""
    if not url:
        return refuse("url-missing")
    if not is_http_url(url):
        return refuse("url-invalid", url=url)
    if upload.asset_type and upload.asset_type not in KINDS:
        return refuse("type-invalid", got=upload.asset_type)
    kind: MediaKind | None = upload.asset_type or kind_of_suffix(url)
    if kind is None:
        return refuse("type-unknown", url=url)
    if used >= plan.managed_limit:
        return refuse("quota-full", used=used, limit=plan.managed_limit)
    return AcceptedUpload(url, kind, upload.name or default_name(url))


def decide_library(plan: Plan) -> Refusal | None:
    """Whether this plan may use the asset endpoints at all."""
    return None if plan.has_assets else refuse("plan-without-assets", plan=plan.name)


def default_name(url: str) -> str:
    """The last path segment of a URL, or its host when the path is empty."""
    parts = urlsplit(url)
    return parts.path.rstrip("/").rpartition("/")[2] or (parts.hostname or "")


@implements("asset.list-filter")
def wanted_statuses(query: str | None) -> frozenset[str]:
    """The statuses a list asks for. Lower-case words match, any other word matches nothing; absent means all."""
    if not query:
        return frozenset(STATUSES)
    names = {name.strip() for name in query.split(",")}
    return frozenset(status for status in STATUSES if status.lower() in names)
