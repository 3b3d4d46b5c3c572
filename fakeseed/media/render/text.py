"""Words on a picture: cleaning, measuring, wrapping and stamping them in the one font that Pillow ships."""

import re
import string
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from math import ceil
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from fakeseed.media.render.canvas import Canvas, Colour

# Pillow's font has little beyond ASCII. What it lacks is spelt in ASCII where that reads well, else it becomes a block.
_IN_FONT = frozenset(string.ascii_letters + string.digits + string.punctuation + " ©«°±´·»‘’“”…‹›⁄™")
_SPELT = str.maketrans("×–—−‐‑•„‚øØłŁđı", "x-----·“‘oOlLdi") | str.maketrans(
    {"→": "->", "←": "<-", "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE"}
)
_BLOCK, _WIDE_BLOCK = "\ufffd", "\u3013"
_ELLIPSIS = "…"
# How a prompt names a reference: coloured, and not broken between lines.
MENTION = r"@(?i:image|video|audio) ?\d+"
_WORDS = re.compile(f"{MENTION}| |{_WIDE_BLOCK}|[^ {_WIDE_BLOCK}]+")


def clean(text: str) -> str:
    """Reduce text to what can be drawn: characters of the font, blocks for the others, and line feeds."""
    return "".join(map(_drawable, text))


@lru_cache(maxsize=4096)
def _drawable(character: str) -> str:
    if character in _IN_FONT or character == "\n":
        return character
    category = unicodedata.category(character)
    if category[0] == "Z" or character in "\t\r\v\f":
        return "\n" if category in ("Zl", "Zp") else " "
    if category[0] == "M" or category in ("Cc", "Cf", "Cs"):
        return ""
    plain = unicodedata.normalize("NFKD", character.translate(_SPELT))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    if plain and _IN_FONT.issuperset(plain):
        return plain
    return _WIDE_BLOCK if unicodedata.east_asian_width(character) in "WF" else _BLOCK


class _Glyph(NamedTuple):
    mask: Image.Image | None
    bearing: int
    top: int


class Face:
    """The font at one size. Each glyph is drawn once and then stamped, which is far quicker than drawing text."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.line_height = round(size * 1.34)
        self._font = ImageFont.load_default(size)
        self._glyphs: dict[str, _Glyph] = {}
        self._advances = {character: size * advance for character, advance in _advances().items()}

    def width(self, text: str) -> int:
        """The width of cleaned text on one line."""
        advances = self._advances
        return ceil(sum([advances[character] for character in text]))

    def draw(self, canvas: Canvas, x: int, y: int, text: str, colour: Colour) -> int:
        """Stamp one line of cleaned text with the top of the line at `y`, and return where it ends."""
        pen = float(x)
        for character in text:
            glyph = self._glyphs.get(character) or self._make(character)
            if glyph.mask:
                canvas.stamp(colour, glyph.mask, round(pen) + glyph.bearing, y + glyph.top)
            pen += self._advances[character]
        return ceil(pen)

    def _make(self, character: str) -> _Glyph:
        room = self.size // 4  # a glyph may lean over its advance on either side
        mask = Image.new("L", (round(self._advances[character]) + 2 * room, self.line_height))
        draw = ImageDraw.Draw(mask)
        if character in (_BLOCK, _WIDE_BLOCK):
            box = (room, self.size * 0.42, mask.width - room - max(2, self.size // 7), self.size)
            draw.rounded_rectangle(box, self.size // 9, 105)
        else:
            draw.text((room, self.size), character, 255, self._font, anchor="ls")
        inked = mask.getbbox()
        glyph = _Glyph(mask.crop(inked), inked[0] - room, inked[1]) if inked else _Glyph(None, 0, 0)
        self._glyphs[character] = glyph
        return glyph


@lru_cache(maxsize=1)
def _advances() -> dict[str, float]:
    """How far each character moves the pen, at size 1. Measuring at every size anew would cost more than drawing."""
    size = 256
    font = ImageFont.load_default(size)
    advances = {character: font.getlength(character) / size for character in _IN_FONT}
    # The font's space, at a fifth of its size, is lost between the whole pixels of small text.
    return advances | {" ": 0.26, _BLOCK: 0.6, _WIDE_BLOCK: 0.95}


@lru_cache(maxsize=64)
def face(size: float) -> Face:
    return _face(max(round(size), 11))


@lru_cache(maxsize=64)
def _face(size: int) -> Face:
    return Face(size)


def shorten_middle(text: str, font: Face, width: int) -> str:
    """Clean one line and take out of its middle what does not fit, as the two ends of an address say most."""
    if len(text) > 400:  # no picture is wide enough for so much, and an inline source may be megabytes long
        text = text[:200] + text[-200:]
    text_line = " ".join(clean(text).split())
    if font.width(text_line) <= width:
        return text_line

    def keeping(count: int) -> str:
        return text_line[: count - count // 2] + _ELLIPSIS + text_line[len(text_line) - count // 2 :]

    length = bisect_left(range(1, len(text_line)), True, key=lambda count: font.width(keeping(count)) > width)
    return keeping(length)


def fit(text: str, sizes: Sequence[float], width: int, height: int) -> tuple[Face, list[str]]:
    """Wrap cleaned text in the largest of `sizes` (largest first) that holds all of it, or cut it in the smallest."""
    for size in sizes:
        font = face(size)
        room = max(height // font.line_height, 1)
        rows = list(islice(_wrapped(text, font, width), room + 1))
        if len(rows) <= room:
            return font, rows
    del rows[room:]
    last = rows[-1]
    while last and font.width(last + _ELLIPSIS) > width:
        last = last[:-1]
    rows[-1] = last.rstrip() + _ELLIPSIS
    return font, rows


def _wrapped(text: str, font: Face, width: int) -> Iterator[str]:
    """Break lines at spaces and about wide characters, as the scripts that have those do not use spaces."""
    for paragraph in text.split("\n"):
        row, used = "", 0
        for token in _WORDS.findall(" ".join(paragraph.split())):
            for piece in _pieces(token, font, width):
                size = font.width(piece)
                if row and used + size > width:
                    yield row.rstrip()
                    row, used = "", 0
                if row or piece != " ":
                    row, used = row + piece, used + size
        if row:
            yield row


def _pieces(token: str, font: Face, width: int) -> Iterator[str]:
    """The word itself, or the parts of one that is wider than a line."""
    if font.width(token) <= width:
        yield token
        return
    start, used = 0, 0
    for end, character in enumerate(token):
        size = font.width(character)
        if used + size > width and end > start:
            yield token[start:end]
            start, used = end, 0
        used += size
    yield token[start:]
