"""What a picture is, read with Pillow. Imported at the first picture."""

import io
import logging
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgspec.structs import replace
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from fakeseed.media.ingest.boxes import cut_short, picture_sides
from fakeseed.model.media import LIMITS, IngestFailure, MediaFacts, failure

THUMBNAIL_SIDE = 320  # pixels

# The readers themselves, in place of Image.open: that one refuses a bomb before saying how large it claims to be, and
# would hand a file to any of forty formats. A reader reads the header only; the pixels are decoded at `load`.
_READERS: dict[str, Callable[[io.BytesIO], ImageFile.ImageFile]] = {
    "jpeg": JpegImagePlugin.JpegImageFile,
    "png": PngImagePlugin.PngImageFile,
    "gif": GifImagePlugin.GifImageFile,
    "bmp": BmpImagePlugin.BmpImageFile,
    "tiff": TiffImagePlugin.TiffImageFile,
    "webp": WebPImagePlugin.WebPImageFile,
}

# The modes that turn into RGB. Of the others (greys of 1, 16 and 32 bits, LAB) the thumbnail shows the first channel.
_COLOURED = frozenset({"RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "P", "PA"})

# A progressive JPEG may repeat scans of some 80 bytes, each of which costs a pass over the whole picture: 24 ms at full
# size, so hours for a file of 30 MB. Encoders write about ten.
MAX_SCANS = 100
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # stuffed bytes and restarts belong to the scan
_SCAN, _END = 0xDA, 0xD9

# Pillow logs some errors besides raising them; without a handler of the user's own they would go to stderr.
logging.getLogger("PIL").addHandler(logging.NullHandler())

_quiet_lock = threading.Lock()


def read_picture(body: bytes, format_: str) -> MediaFacts | IngestFailure:
    """The facts of a picture whose format was recognised. Nothing larger than the documented sides is decoded."""
    if format_ == "heic":
        return _read_heic(body)
    if format_ == "jpeg" and too_many_scans(body):
        return failure("TranscodingFailed", found=format_)
    with _quiet():
        try:
            picture = _READERS[format_](io.BytesIO(body))
        except Image.DecompressionBombError:
            return failure("ImageSides")
        except Exception:  # Pillow names no closed list: a reader may stumble in any way over a broken file
            return failure("TranscodingFailed", found=format_)
        facts = MediaFacts("Image", format_, len(body), width=picture.width, height=picture.height)
        return _with_thumbnail(facts, picture)


def _with_thumbnail(facts: MediaFacts, picture: ImageFile.ImageFile) -> MediaFacts | IngestFailure:
    sides = LIMITS["Image"].sides
    assert sides is not None
    if max(picture.size) > sides.high:
        return facts
    try:
        if isinstance(picture, JpegImagePlugin.JpegImageFile):
            picture.draft(None, (THUMBNAIL_SIDE, THUMBNAIL_SIDE))  # decodes at a fraction of the size
        picture.load()
    except Exception:  # see above
        return failure("TranscodingFailed", found=facts.format)
    return replace(facts, thumbnail=jpeg_thumbnail(picture))


def jpeg_thumbnail(picture: Image.Image) -> bytes:
    """A decoded picture as a small JPEG. May change the picture."""
    visible = picture
    if picture.mode not in _COLOURED:
        visible = (picture.getchannel(0) if len(picture.getbands()) > 1 else picture).convert("L")
    visible.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    small = visible.convert("RGB")
    small.info.clear()  # comments and colour profiles would be saved along
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80)
    return out.getvalue()


def too_many_scans(jpeg: bytes) -> bool:
    """Whether a JPEG has more than MAX_SCANS scans before its end. What follows the end (a motion photo) is no part."""
    at, scans = 2, 0
    while scans <= MAX_SCANS and (segment := _NEXT_MARKER.search(jpeg, at)):
        marker, start = jpeg[segment.start() + 1], segment.end()
        if marker == _END:
            return False
        scans += marker == _SCAN
        at = start + int.from_bytes(jpeg[start : start + 2])  # over the segment, which may hold a thumbnail's markers
    return scans > MAX_SCANS


def _read_heic(body: bytes) -> MediaFacts | IngestFailure:
    """Pillow cannot decode HEIC, but the header says how large the picture is."""
    sides = picture_sides(body)
    if sides is None or cut_short(body):
        return failure("TranscodingFailed", found="heic")
    return MediaFacts("Image", "heic", len(body), width=sides[0], height=sides[1])


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Pillow's warnings, and nobody else's.

    The filters belong to the whole process (up to Python 3.13), and two threads that save and restore them crosswise
    would leave them changed; hence the lock.
    """
    with _quiet_lock, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield
