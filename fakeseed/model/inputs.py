"""What a client may send, as types that check it.

Unknown fields are ignored (behaviour ``wire.unknown-fields``) and null counts as absent (``wire.null-is-absent``).
"""

import msgspec


class AssetUpload(msgspec.Struct, frozen=True):
    """One entry of ``POST /api/v1/asset/upload``."""

    url: str | None = None
    asset_type: str | None = None
    name: str | None = None


class AssetBatch(msgspec.Struct, frozen=True):
    """An upload body that is an object: one entry, or a list of entries under one of three names."""

    url: str | None = None
    asset_type: str | None = None
    name: str | None = None
    assets: list[AssetUpload | str] | None = None
    items: list[AssetUpload | str] | None = None
    urls: list[AssetUpload | str] | None = None

    @property
    def entries(self) -> list[AssetUpload | str] | None:
        """The batch, or None when the body is a single upload."""
        for batch in (self.assets, self.items, self.urls):
            if batch is not None:
                return batch
        return None


class WebhookConfig(msgspec.Struct, frozen=True):
    """Where to tell of the end, and the secret that is sent along verbatim."""

    endpoint: str | None = None
    secret: str | None = None


class TaskConfig(msgspec.Struct, frozen=True):
    """``config`` of a task."""

    service_mode: str | None = None
    webhook_config: WebhookConfig | None = None


class TaskInput(msgspec.Struct, frozen=True):
    """``input`` of a task, all task types together."""

    prompt: str | None = None
    mode: str | None = None
    duration: int | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    image_urls: list[str] | None = None
    video_urls: list[str] | None = None
    audio_urls: list[str] | None = None
    audio: bool | None = None
    auto_upload_assets: bool | None = None
    # Any type: a wrong value is refused only while the flag beside it is on.
    asset_retention_hours: object = None
    video_url: str | None = None
    draft_task_id: str | None = None
    parent_task_id: str | None = None
    omni_reference_task_type: str | None = None


class CreateTask(msgspec.Struct, frozen=True):
    """Body of ``POST /api/v1/task``. ``input`` stays as it came: it is echoed with fields that nobody knows."""

    model: str | None = None
    task_type: str | None = None
    input: dict[str, object] | None = None
    config: TaskConfig | None = None


class EphemeralUpload(msgspec.Struct, frozen=True):
    """Body of ``POST /api/ephemeral_resource``."""

    file_name: str | None = None
    file_data: str | None = None
