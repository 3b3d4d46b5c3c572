"""A sound without its tags, which is all that FFmpeg needs to see of one.

Tags are where a small file asks for much: the size that a WAV's INFO chunk claims is allocated before it is read (2 GB,
and 7 s, for a file of 16 kB), and ID3 frames may be packed. Neither says anything about the sound.
"""

import struct

_MAX_CHUNKS = 1_000
_MAX_TAGS = 16
_MAX_FORMAT_BYTES = 4_096  # the longest known is 40


def bare_wav(body: bytes) -> bytes | None:
    """The file with its format and its data alone; None when one of them is missing."""
    format_, at = b"", 12
    for _ in range(_MAX_CHUNKS):
        kind, size = body[at : at + 4], int.from_bytes(body[at + 4 : at + 8], "little")
        content = at + 8
        if kind == b"data" and format_:
            # Writers that could not go back to fill in the size leave zero, or all ones: the slice ends with the file.
            data = body[content : content + (size or len(body))]
            return _chunk(b"RIFF", b"WAVE" + _chunk(b"fmt ", format_) + _chunk(b"data", data))
        if kind == b"fmt " and size <= _MAX_FORMAT_BYTES:
            format_ = body[content : content + size]
        at = content + size + size % 2
    return None


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content


def bare_mp3(body: bytes) -> bytes:
    """The file from behind its ID3 tags."""
    at = 0
    for _ in range(_MAX_TAGS):
        header = body[at : at + 10]
        if not header.startswith(b"ID3") or len(header) < 10:
            break
        size = sum((byte & 0x7F) << shift for byte, shift in zip(header[6:], (21, 14, 7, 0), strict=True))
        footer = 10 if header[5] & 0x10 else 0
        at += 10 + size + footer
    return body[at:]
