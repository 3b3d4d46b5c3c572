"""Small media files made by hand, and what can be read off a video file without decoding it."""

import io
import struct
import wave
import zlib


def png(width: int, height: int) -> bytes:
    """A picture in one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def psd() -> bytes:
    """The head of a picture in a format that no document names."""
    return b"8BPS\0\1" + bytes(400)


def bmp(width: int, height: int) -> bytes:
    """A picture that is as large as its pixels."""
    row = (width * 3 + 3) // 4 * 4
    size = row * height
    head = struct.pack("<2sIHHI", b"BM", 54 + size, 0, 0, 54)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, size, 2835, 2835, 0, 0)
    return head + info + bytes(size)


def wav(seconds: float) -> bytes:
    """A silent sound."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(round(seconds * 8000) * 2))
    return buffer.getvalue()


def video_size(file: bytes) -> tuple[int, int]:
    """Width and height that an MP4's first picture track names."""
    offset = file.find(b"tkhd")
    while offset >= 0:
        end = offset - 4 + struct.unpack(">I", file[offset - 4 : offset])[0]
        width, height = struct.unpack(">II", file[end - 8 : end])
        if width:
            return width >> 16, height >> 16
        offset = file.find(b"tkhd", offset + 4)
    return 0, 0


def video_seconds(file: bytes) -> float:
    """Length that an MP4's head names."""
    offset = file.index(b"mvhd") + 4
    form = ">4xQQIQ" if file[offset] else ">4xIIII"
    *_, scale, length = struct.unpack_from(form, file, offset)
    return float(length / scale)


def frames_per_second(file: bytes) -> float:
    """Frames of an MP4's first track by its length; the track's samples are all of one duration."""
    scale, length = struct.unpack_from(">II", file, file.index(b"mdhd") + 16)
    frames = struct.unpack_from(">I", file, file.index(b"stsz") + 12)[0]
    return float(frames * scale / length)


def has_sound(file: bytes) -> bool:
    """Whether an MP4 has a sound track."""
    return b"soun" in file
