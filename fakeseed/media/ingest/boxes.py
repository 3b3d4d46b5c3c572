"""The boxes of ISO base media files (MP4, MOV, HEIC): what has to be known before a decoder may see one."""

from collections.abc import Iterator

from msgspec import Struct


class Atom(Struct, frozen=True):
    """Where a box's content lies, in bytes from the start of the file. `end` may lie beyond the file's."""

    kind: bytes
    start: int
    end: int


# A file of nothing but empty boxes would hold six million of them. Fragments of a clip make some hundred.
MAX_BOXES = 10_000


def boxes(body: bytes, start: int, end: int) -> Iterator[Atom]:
    """The first MAX_BOXES boxes that stand one after the other in a range of the file."""
    for _ in range(MAX_BOXES):
        if start + 8 > end:
            return
        size, content = int.from_bytes(body[start : start + 4]), start + 8
        if size == 1:  # the size did not fit and follows in 64 bits
            size, content = int.from_bytes(body[start + 8 : start + 16]), start + 16
        stop = end if size == 0 else start + size  # 0: to the end
        if stop < content:
            return
        yield Atom(body[start + 4 : start + 8], content, stop)
        start = stop


# Boxes without which the file cannot be used. Others at the end may be padding that only looks like a box.
_NEEDED = frozenset({b"ftyp", b"moov", b"moof", b"mdat", b"meta"})


def cut_short(body: bytes) -> bool:
    """Whether the file ends inside one of its boxes."""
    return any(box.kind in _NEEDED and box.end > len(body) for box in boxes(body, 0, len(body)))


# A sample table may state one size for all samples, or a fragment give its samples no bytes at all: FFmpeg then makes
# an index entry of 24 bytes for each of any number of samples that the file merely claims. 40 million of them in a file
# of 4 kB took 5 s and 1.4 GB. The bound is three minutes of uncompressed sound; 15 s of video have some thousands.
MAX_SAMPLES = 8_000_000

# How far behind the box's kind its number of samples stands.
_COUNT_OFFSETS = {b"stsz": 12, b"stz2": 12, b"trun": 8}


def overblown(body: bytes) -> bool:
    """Whether opening the file would cost out of proportion: too many boxes or claimed samples, or a packed index."""
    walked = list(boxes(body, 0, len(body)))
    # Searched rather than walked, since FFmpeg finds these boxes wherever they are nested.
    searched = [box for box in walked if box.kind != b"mdat"]
    claimed = sum(_claimed(body, box, kind, offset) for box in searched for kind, offset in _COUNT_OFFSETS.items())
    packed = any(body.find(b"cmov", box.start, box.end) >= 0 for box in searched)
    return len(walked) == MAX_BOXES or claimed > MAX_SAMPLES or packed


def _claimed(body: bytes, box: Atom, kind: bytes, offset: int) -> int:
    if body.count(kind, box.start, box.end) > MAX_BOXES:
        return MAX_SAMPLES + 1
    claimed, at = 0, body.find(kind, box.start, box.end)
    while at >= 0:
        claimed += int.from_bytes(body[at + offset : at + offset + 4])
        at = body.find(kind, at + 4, box.end)
    return claimed


# The way to a HEIC file's image properties; "meta" has four bytes of version and flags before its own boxes.
_PROPERTIES: tuple[tuple[bytes, int], ...] = ((b"meta", 4), (b"iprp", 0), (b"ipco", 0))


def picture_sides(body: bytes) -> tuple[int, int] | None:
    """Width and height of a HEIC picture in pixels, as its largest `ispe` box states them; None without one.

    Large pictures are grids of tiles with a thumbnail, each with an `ispe` of its own: the whole is the largest.
    """
    within = [Atom(b"", 0, len(body))]
    for kind, skipped in _PROPERTIES:
        matching = [box for outer in within for box in boxes(body, outer.start, outer.end) if box.kind == kind]
        within = [Atom(box.kind, box.start + skipped, min(box.end, len(body))) for box in matching]
    extents = [box for outer in within for box in boxes(body, outer.start, outer.end) if box.kind == b"ispe"]
    sides = [
        (int.from_bytes(body[box.start + 4 : box.start + 8]), int.from_bytes(body[box.start + 8 : box.start + 12]))
        for box in extents
    ]
    return max(sides, key=lambda pair: pair[0] * pair[1], default=None)
