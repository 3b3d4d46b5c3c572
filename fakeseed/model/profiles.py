"""Profiles: values of behaviours that drifted over 2026 or that sources disagree on.

The one place where such values live; code reads a field and never asks which profile it is. Each field's metadata
names its behaviour in the catalogue.
"""

from typing import Literal

import msgspec
from msgspec.structs import replace

UsageStyle = Literal["frozen-then-consumed", "consumed-at-create"]


class Profile(msgspec.Struct, frozen=True):
    """A named set of values. Hours and statuses as integers."""

    name: str
    price_period: str = "2026-09"
    max_references: int = 12
    max_videos: int = 3
    legacy_less_restriction_durations: bool = False
    auto_upload_default: bool = False
    retention_default_hours: int = 3
    quota_hold_hours: int | None = None
    strict_auto_upload_status: int = 400
    insufficient_credits_status: int = 402
    refuses_invalid_ratio: bool = True
    mini_takes_pictures_only: bool = False
    usage_style: UsageStyle = "frozen-then-consumed"
    retry_after_seconds: int | None = None
    output_life_hours: int = 24
    webhook_on_processing: bool = False
    rewrite_prompt: bool = True
    upload_status: int = 202


PROFILE_BEHAVIOURS: dict[str, str] = {
    "price_period": "money.price-by-period",
    "max_references": "task.reference-total",
    "max_videos": "task.reference-videos",
    "legacy_less_restriction_durations": "task.legacy-duration-fallback",
    "auto_upload_default": "auto-upload.default",
    "retention_default_hours": "auto-upload.retention-default",
    "quota_hold_hours": "auto-upload.quota-hold",
    "strict_auto_upload_status": "task.auto-upload-needs-less-restriction",
    "insufficient_credits_status": "money.insufficient-credits",
    "refuses_invalid_ratio": "task.ratio-default",
    "mini_takes_pictures_only": "task.mini-pictures-only",
    "usage_style": "money.usage-fields",
    "retry_after_seconds": "task.retry-after",
    "output_life_hours": "output.life",
    "webhook_on_processing": "webhook.events",
    "rewrite_prompt": "task.prompt-labels",
    "upload_status": "asset.upload-status",
}
"""Field -> the behaviour whose value it holds."""

_CURRENT = Profile("current")

PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        _CURRENT,
        replace(
            _CURRENT,
            name="docs-2026-06",
            price_period="2026-06",
            usage_style="consumed-at-create",
            refuses_invalid_ratio=False,
            mini_takes_pictures_only=True,
        ),
        replace(
            _CURRENT,
            name="live-2026-08",
            price_period="2026-08-promo",
            max_references=9,
            auto_upload_default=True,
            retention_default_hours=168,
            quota_hold_hours=3,
        ),
        replace(
            _CURRENT,
            name="legacy-lr",
            price_period="2026-05",
            max_videos=1,
            legacy_less_restriction_durations=True,
            refuses_invalid_ratio=False,
        ),
    )
}

DEFAULT_PROFILE = "current"
