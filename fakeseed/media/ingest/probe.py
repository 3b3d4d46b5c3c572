"""Finding out what a file is. Pure computing; Pillow and PyAV are imported at the first file that needs them."""

from collections.abc import Callable

from fakeseed.media.ingest.sniff import Sniffed, sniff
from fakeseed.model.media import KINDS, IngestFailure, MediaFacts, MediaKind, failure

_Reader = Callable[[bytes, str], MediaFacts | IngestFailure]


def probe(body: bytes, expected_kind: MediaKind | None, content_type: str | None) -> MediaFacts | IngestFailure:
    """The facts of a file, or why there are none. `asked` is None when any kind is welcome.

    The content decides, not the suffix and not the Content-Type; but a Content-Type that names another medium than the
    content is refused, as the backend refuses a PNG that is served as video/mp4. Limits are not looked at: see `judge`.
    """
    sniffed = sniff(body)
    if sniffed is None:
        return failure("FormatUndetectable")
    return _refusal(sniffed, expected_kind, content_type) or _reader(sniffed)(body, sniffed.format)


def _refusal(sniffed: Sniffed, expected_kind: MediaKind | None, content_type: str | None) -> IngestFailure | None:
    kind = sniffed.kind
    if kind is not None and expected_kind not in (None, kind):
        return failure("TypeMismatch", asked=str(expected_kind).lower(), found=sniffed.format)
    if not sniffed.supported:
        image = kind == "Image"
        return failure(
            "InvalidParameter.UnsupportedImageFormat" if image else "FormatUnsupported", found=sniffed.format
        )
    served = _medium(content_type)
    if served not in (None, kind):
        return failure("TypeMismatch", asked=str(served).lower(), found=f"{sniffed.format} served as {content_type}")
    return None


def _medium(content_type: str | None) -> MediaKind | None:
    """The kind that a Content-Type names; None for general ones, and for those that servers send by mistake."""
    family = (content_type or "").partition("/")[0].strip().lower()
    return next((kind for kind in KINDS if kind.lower() == family), None)


def _reader(sniffed: Sniffed) -> _Reader:
    if sniffed.kind == "Image":
        from fakeseed.media.ingest.pictures import read_picture

        return read_picture
    from fakeseed.media.ingest.clips import read_audio, read_video

    return read_video if sniffed.kind == "Video" else read_audio
