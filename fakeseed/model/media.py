"""What an asset's file may be: kinds, suffixes, documented limits, and what is said when one is broken."""

import math
from collections.abc import Callable
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct

MediaKind = Literal["Image", "Video", "Audio"]
KINDS: tuple[MediaKind, ...] = ("Image", "Video", "Audio")

SUFFIXES: dict[MediaKind, tuple[str, ...]] = {
    "Image": ("jpeg", "jpg", "png", "webp", "bmp", "tiff", "gif", "heic", "heif"),
    "Video": ("mp4", "mov"),
    "Audio": ("mp3", "wav"),
}
_KIND_BY_SUFFIX = {suffix: kind for kind, suffixes in SUFFIXES.items() for suffix in suffixes}


def kind_of_suffix(url: str) -> MediaKind | None:
    """Which kind the suffix of the URL's path names; None when there is none, or one that is not documented."""
    try:
        path = urlsplit(url).path
    except ValueError:  # an unclosed IPv6 bracket
        return None
    _, dot, suffix = path.rpartition("/")[2].rpartition(".")
    return _KIND_BY_SUFFIX.get(suffix.lower()) if dot else None


class Bounds(Struct, frozen=True):
    """A range of numbers. `open` leaves its two ends out."""

    low: float = -math.inf
    high: float = math.inf
    open: bool = False

    def hold(self, value: float | None) -> bool:
        """Whether the value lies inside. What is not known, or not a number, does not."""
        if value is None:
            return False
        return self.low < value < self.high if self.open else self.low <= value <= self.high


class MediaLimits(Struct, frozen=True):
    """The limits of one kind. A limit that is None does not apply to the kind."""

    max_bytes: int  # the largest size that is still taken
    sides: Bounds | None = None  # pixels, width and height alike
    ratio: Bounds | None = None  # width / height
    pixels: Bounds | None = None  # width * height
    short_side: Bounds | None = None  # pixels
    seconds: Bounds | None = None
    fps: Bounds | None = None


# Assumed: the documented "MB" is 1024 * 1024 bytes.
MB = 1024 * 1024

# Documented as "480p / 720p / 1080p", and assumed to mean a number of pixels, because the frames that the model itself
# makes have no fixed short side (480p is 864x496, 640x640 or 992x432). The backend's other resellers state 409600
# (640x640) to 927408 (834x1112) for 480p to 720p; 1080p reaches 2088960 (1920x1080, padded to 1920x1088).
# The short side keeps out strips that have the right number of pixels: the least at 409600 pixels and 2.5:1 is 404.
_VIDEO_PIXELS = Bounds(409_600, 2_088_960)
_VIDEO_SHORT_SIDE = Bounds(low=400)

# Assumed: NTSC rates count as the rate that they are named after (24000/1001 is "24"), which is one part in 1001 less.
_RATE_SLACK = 0.001

_SECONDS = Bounds(2, 15)

LIMITS: dict[MediaKind, MediaLimits] = {
    "Image": MediaLimits(
        max_bytes=30 * MB - 1,  # documented as "< 30 MB", where the other two are "<="
        sides=Bounds(300, 6000, open=True),
        ratio=Bounds(0.4, 2.5, open=True),  # the same either way up, so a rotation mark in the file changes nothing
    ),
    "Video": MediaLimits(
        max_bytes=50 * MB,
        pixels=_VIDEO_PIXELS,
        short_side=_VIDEO_SHORT_SIDE,
        seconds=_SECONDS,
        fps=Bounds(24 * (1 - _RATE_SLACK), 60 * (1 + _RATE_SLACK)),
    ),
    "Audio": MediaLimits(max_bytes=15 * MB, seconds=_SECONDS),
}


# What a task's raw references may be where they are fetched, by kind. Of videos only the size is known, of sounds only
# the length, and lengths are judged before the task is made; sizes that are not known are those of assets. Pictures
# must also have 90,000 pixels, which their sides imply.
RAW_LIMITS: dict[MediaKind, MediaLimits] = {
    "Image": MediaLimits(max_bytes=30 * MB - 1, sides=Bounds(300, 6000), ratio=Bounds(0.4, 2.5)),
    "Video": MediaLimits(max_bytes=100 * MB - 1),
    "Audio": MediaLimits(max_bytes=15 * MB),
}
RAW_BEHAVIOURS = {"Image": "task.reference-picture", "Video": "task.reference-video-size"}


class MediaFacts(Struct, frozen=True):
    """What a file was found to be. A figure that does not apply to its kind is None."""

    kind: MediaKind
    format: str  # the container: png, mp4, wav ...
    size_bytes: int
    codec: str | None = None
    width: int | None = None  # pixels
    height: int | None = None  # pixels
    seconds: float | None = None
    fps: float | None = None
    thumbnail: bytes | None = None  # JPEG, at most 320 pixels on the long side

    @property
    def ratio(self) -> float | None:
        """Width / height; None when a side is not known or zero."""
        return self.width / self.height if self.width and self.height else None

    @property
    def pixels(self) -> int | None:
        return None if self.width is None or self.height is None else self.width * self.height

    @property
    def short_side(self) -> int | None:
        """In pixels."""
        return None if self.width is None or self.height is None else min(self.width, self.height)


class IngestFailure(Struct, frozen=True):
    """Why an asset ends `Failed`: what its `error` object says, and the id of the behaviour behind it."""

    code: str
    message: str
    behaviour: str


class FailureRow(Struct, frozen=True):
    """One row of FAILURES; `{names}` in the message are filled in by `failure`."""

    code: str
    message: str
    behaviour: str


def _row(code: str, message: str, keywords: str) -> FailureRow:
    return FailureRow(code, message, f"asset.ingest.{keywords}")


_DURATION = "Duration must be between 2s and 15s"
_SIDES = "must be between 300px and 6000px"

# Keyed by the code, or by a name of our own where one code stands for several limits. Codes are those of the backend
# , except MultipleFaces, which is ours. Messages seen in production: the two of the download, and width,
# height and ratio of images; the others are worded after them.
FAILURES: dict[str, FailureRow] = {
    "InvalidParameter.URL": _row("InvalidParameter.URL", "URL must be a public http(s) URL", "url"),
    "DownloadFailed": _row("DownloadFailed", "Error while downloading: {url}, {cause}", "download-failed"),
    "DownloadTimeout": _row("DownloadFailed", "Timeout while downloading url: {url}", "download-timeout"),
    "FormatUndetectable": _row(
        "FormatUndetectable", "The format of the file could not be detected", "format-undetectable"
    ),
    "FormatUnsupported": _row("FormatUnsupported", "The file's format is not supported: {found}", "format-unsupported"),
    "InvalidParameter.UnsupportedImageFormat": _row(
        "InvalidParameter.UnsupportedImageFormat", "The image's format is not supported: {found}", "image-format"
    ),
    "TypeMismatch": _row("TypeMismatch", "The file is not a supported {asked}: found {found}", "type-mismatch"),
    "FileSizeTooLarge": _row("FileSizeTooLarge", "File size must be at most {limit} bytes", "file-size-too-large"),
    "DurationTooShort": _row("DurationTooShort", _DURATION, "duration-too-short"),
    "DurationTooLong": _row("DurationTooLong", _DURATION, "duration-too-long"),
    "ImageWidth": _row("InvalidParameter", f"Width {_SIDES}", "image-sides"),
    "ImageHeight": _row("InvalidParameter", f"Height {_SIDES}", "image-sides"),
    "ImageSides": _row("InvalidParameter", f"Width and height {_SIDES}", "image-sides"),
    "ImageRatio": _row("InvalidParameter", "Aspect ratio must be between 0.4 and 2.5", "image-ratio"),
    "VideoResolution": _row("InvalidParameter", "Resolution must be 480p, 720p or 1080p", "video-resolution"),
    "VideoFrameRate": _row("InvalidParameter", "Frame rate must be between 24 and 60 FPS", "video-frame-rate"),
    "TranscodingFailed": _row("TranscodingFailed", "The file could not be decoded: {found}", "transcoding-failed"),
    "ContentRestricted": _row("ContentRestricted", "The content is restricted", "content-restricted"),
    "MultipleFaces": _row("MultipleFaces", "The file shows more than one face", "multiple-faces"),
    "InternalError": _row("InternalError", "Internal error. Please try again later.", "internal-error"),
}


class _Details(dict[str, object]):
    """So that a failure made by hand, without details, reads as a sentence too."""

    def __missing__(self, name: str) -> str:
        return "unknown"


def failure(name: str, **details: object) -> IngestFailure:
    """The failure of a row of FAILURES. KeyError when there is no such row; details not given read "unknown"."""
    row = FAILURES[name]
    return IngestFailure(row.code, row.message.format_map(_Details(details)), row.behaviour)


class _Check(Struct, frozen=True):
    """One limit: which failure it is, where its bounds stand, and what is held against them."""

    failure: str
    bounds: Callable[[MediaLimits], Bounds | None]
    measure: Callable[[MediaFacts], float | None]


# In the order in which they are looked at; the first that does not hold is the one reported.
_CHECKS: tuple[_Check, ...] = (
    _Check("FileSizeTooLarge", lambda limits: Bounds(high=limits.max_bytes), lambda facts: facts.size_bytes),
    _Check("ImageWidth", lambda limits: limits.sides, lambda facts: facts.width),
    _Check("ImageHeight", lambda limits: limits.sides, lambda facts: facts.height),
    _Check("ImageRatio", lambda limits: limits.ratio, lambda facts: facts.ratio),
    _Check("VideoResolution", lambda limits: limits.pixels, lambda facts: facts.pixels),
    _Check("VideoResolution", lambda limits: limits.short_side, lambda facts: facts.short_side),
    _Check(
        "DurationTooShort",
        lambda limits: Bounds(low=limits.seconds.low) if limits.seconds else None,
        lambda facts: facts.seconds,
    ),
    _Check(
        "DurationTooLong",
        lambda limits: Bounds(high=limits.seconds.high) if limits.seconds else None,
        lambda facts: facts.seconds,
    ),
    _Check("VideoFrameRate", lambda limits: limits.fps, lambda facts: facts.fps),
)


def judge(
    kind_asked: MediaKind, facts: MediaFacts, table: dict[MediaKind, MediaLimits] = LIMITS
) -> IngestFailure | None:
    """Hold what was found against the limits of the kind, an asset's unless said otherwise. None: the file is taken."""
    if facts.kind != kind_asked:
        return failure("TypeMismatch", asked=kind_asked.lower(), found=facts.format)
    limits = table[kind_asked]
    for check in _CHECKS:
        bounds = check.bounds(limits)
        if bounds is not None and not bounds.hold(check.measure(facts)):
            return failure(check.failure, limit=limits.max_bytes)
    return None
