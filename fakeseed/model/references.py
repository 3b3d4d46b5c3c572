"""References of a task: what stands in its three url arrays, in order, and how the prompt names them."""

import re
from urllib.parse import urlsplit

import msgspec

from fakeseed.model.behaviours import implements
from fakeseed.model.inputs import TaskInput
from fakeseed.model.media import MediaKind

SCHEME = "asset://"

FIELDS: tuple[tuple[str, MediaKind], ...] = (
    ("image_urls", "Image"),
    ("video_urls", "Video"),
    ("audio_urls", "Audio"),
)
"""Array in ``input`` -> kind of media that it holds."""

# Suffixes a raw reference must have, by kind. Pictures are not looked at (task.reference-suffix).
REFERENCE_SUFFIXES: dict[MediaKind, tuple[str, ...]] = {"Video": (".mp4", ".mov"), "Audio": (".mp3", ".wav")}

_LABEL = re.compile(r"@(image|video|audio)\s?(\d{1,2})(?!\d)", re.IGNORECASE | re.ASCII)


class Reference(msgspec.Struct, frozen=True):
    """One entry of an array; ``index`` counts from 0 within its array."""

    kind: MediaKind
    index: int
    uri: str

    @property
    def label(self) -> str:
        """How the prompt names it: ``Image 1``."""
        return f"{self.kind} {self.index + 1}"

    @property
    def field(self) -> str:
        """The array it stands in."""
        return f"{self.kind.lower()}_urls"

    @property
    def asset_id(self) -> str | None:
        """The asset it points to, or None for a raw URL."""
        return self.uri.removeprefix(SCHEME) if self.uri.startswith(SCHEME) else None

    @property
    def is_data_uri(self) -> bool:
        """Whether the media itself stands in the request."""
        return self.uri[:5].lower() == "data:"


@implements("task.asset-reference", "task.reference-order")
def references(task_input: TaskInput) -> list[Reference]:
    """All references: pictures, then videos, then audio, each in its array's order."""
    return [
        Reference(kind, index, uri)
        for field, kind in FIELDS
        for index, uri in enumerate(getattr(task_input, field) or ())
    ]


def is_http_url(text: str) -> bool:
    """Whether a text can be fetched at all: http or https, with a host, without blanks or control characters."""
    if not text or any(ord(char) <= 32 or 0x7F <= ord(char) <= 0x9F for char in text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def suffix(uri: str) -> str:
    """The suffix of a URL's path in lower case with its dot, or nothing. The query is not looked at."""
    try:
        name = urlsplit(uri).path.rpartition("/")[2]
    except ValueError:
        return ""
    stem, dot, ending = name.rpartition(".")
    return f".{ending.lower()}" if dot and stem else ""


@implements("task.prompt-labels")
def with_plain_labels(prompt: str) -> str:
    """The prompt as the service stores it: ``@image1`` becomes ``Image 1``."""
    return _LABEL.sub(lambda match: f"{match[1].capitalize()} {int(match[2])}", prompt)


def count_by_kind(listed: list[Reference]) -> dict[MediaKind, int]:
    """How many references there are of each kind."""
    counts: dict[MediaKind, int] = {"Image": 0, "Video": 0, "Audio": 0}
    for reference in listed:
        counts[reference.kind] += 1
    return counts
