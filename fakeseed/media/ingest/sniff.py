"""What a file is by its first bytes, whatever its name and its Content-Type say."""

from msgspec import Struct

from fakeseed.model.media import MediaKind


class Sniffed(Struct, frozen=True):
    """A format that was recognised. `kind` is None for what is no media at all."""

    format: str
    kind: MediaKind | None
    supported: bool = False


_PNG = Sniffed("png", "Image", supported=True)
_JPEG = Sniffed("jpeg", "Image", supported=True)
_GIF = Sniffed("gif", "Image", supported=True)
_BMP = Sniffed("bmp", "Image", supported=True)
_TIFF = Sniffed("tiff", "Image", supported=True)
_WEBP = Sniffed("webp", "Image", supported=True)
_HEIC = Sniffed("heic", "Image", supported=True)
_MP4 = Sniffed("mp4", "Video", supported=True)
_MOV = Sniffed("mov", "Video", supported=True)
_MP3 = Sniffed("mp3", "Audio", supported=True)
_WAV = Sniffed("wav", "Audio", supported=True)

# What stands at the very start. The formats without `supported` are known only to be refused by name.
_PREFIXES: tuple[tuple[bytes, Sniffed], ...] = (
    (b"\x89PNG\r\n\x1a\n", _PNG),
    (b"\xff\xd8\xff", _JPEG),
    (b"GIF87a", _GIF),
    (b"GIF89a", _GIF),
    (b"II*\0", _TIFF),
    (b"MM\0*", _TIFF),
    (b"II+\0", _TIFF),
    (b"MM\0+", _TIFF),
    (b"ID3", _MP3),
    (b"8BPS", Sniffed("psd", "Image")),
    (b"\0\0\x01\0", Sniffed("ico", "Image")),
    (b"\0\0\0\x0cjP  ", Sniffed("jpeg 2000", "Image")),
    (b"\0\0\0\x0cJXL ", Sniffed("jpeg xl", "Image")),
    (b"\xff\x0a", Sniffed("jpeg xl", "Image")),
    (b"\x1a\x45\xdf\xa3", Sniffed("matroska or webm", "Video")),
    (b"FLV\x01", Sniffed("flv", "Video")),
    (b"\x30\x26\xb2\x75", Sniffed("asf", "Video")),
    (b"fLaC", Sniffed("flac", "Audio")),
    (b"OggS", Sniffed("ogg", "Audio")),
    (b"FORM", Sniffed("aiff", "Audio")),
    (b"#!AMR", Sniffed("amr", "Audio")),
    (b"MThd", Sniffed("midi", "Audio")),
    (b"%PDF-", Sniffed("pdf", None)),
    (b"PK\x03\x04", Sniffed("zip", None)),
    (b"\x1f\x8b", Sniffed("gzip", None)),
)

# RIFF files say at byte 8 what they are.
_RIFF: dict[bytes, Sniffed] = {b"WEBP": _WEBP, b"WAVE": _WAV, b"AVI ": Sniffed("avi", "Video")}

# ISO base media files name their major brand, and the ones that they are compatible with. First match wins.
_BRANDS: tuple[tuple[frozenset[bytes], Sniffed], ...] = (
    (frozenset({b"avif", b"avis"}), Sniffed("avif", "Image")),
    (frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}), _HEIC),
    (frozenset({b"M4A ", b"M4B ", b"M4P "}), Sniffed("m4a", "Audio")),
    (frozenset({b"3gp4", b"3gp5", b"3gp6", b"3g2a", b"3g2b"}), Sniffed("3gp", "Video")),
    (frozenset({b"crx "}), Sniffed("canon raw", "Image")),
    (frozenset({b"qt  "}), _MOV),
)
# QuickTime files older than the brand start with one of these boxes.
_OLD_QUICKTIME = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})

# Pages, playlists and scripts, told by their first word in lower case.
_TEXTS: tuple[tuple[bytes, Sniffed], ...] = (
    (b"<!doctype html", Sniffed("html", None)),
    (b"<html", Sniffed("html", None)),
    (b"<svg", Sniffed("svg", "Image")),
    (b"<?xml", Sniffed("xml", None)),
    (b"#extm3u", Sniffed("an HLS playlist", None)),
    (b"ffconcat", Sniffed("a concat script", None)),
    (b"{", Sniffed("json", None)),
)

# The sizes that the header of a bitmap's second part can have; "BM" alone is two letters that a text may start with.
_BITMAP_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})

# The second byte of an MPEG audio frame: the sync's rest, version 2.5, 2 or 1, layer III, with a checksum or without.
_LAYER_III = frozenset({0xE2, 0xE3, 0xF2, 0xF3, 0xFA, 0xFB})


def sniff(body: bytes) -> Sniffed | None:
    """The format of a file; None when nothing known starts so."""
    prefix = next((sniffed for magic, sniffed in _PREFIXES if body.startswith(magic)), None)
    return _iso(body) or prefix or _riff(body) or _bitmap(body) or _mpeg_audio(body) or _text(body)


def _riff(body: bytes) -> Sniffed | None:
    return _RIFF.get(body[8:12]) if body.startswith(b"RIFF") else None


def _iso(body: bytes) -> Sniffed | None:
    if body[4:8] in _OLD_QUICKTIME:
        return _MOV
    if body[4:8] != b"ftyp":
        return None
    major, others = body[8:12], body[16 : min(int.from_bytes(body[:4]), 256)]
    compatible = {others[at : at + 4] for at in range(0, len(others), 4)}
    # A picture may state a general major brand ("mif1") and its coding only among the compatible ones.
    stated = {major} | (compatible if major in (b"mif1", b"msf1") else set())
    return next((sniffed for brands, sniffed in _BRANDS if stated & brands), _MP4)


def _bitmap(body: bytes) -> Sniffed | None:
    return _BMP if body.startswith(b"BM") and int.from_bytes(body[14:18], "little") in _BITMAP_HEADERS else None


def _mpeg_audio(body: bytes) -> Sniffed | None:
    if len(body) < 4 or body[0] != 0xFF or body[1] not in _LAYER_III:
        return None
    bit_rate, sampling_rate = body[2] >> 4, (body[2] >> 2) & 3
    return _MP3 if bit_rate not in (0, 15) and sampling_rate != 3 else None


def _text(body: bytes) -> Sniffed | None:
    start = body[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return next((sniffed for prefix, sniffed in _TEXTS if start.startswith(prefix)), None)
