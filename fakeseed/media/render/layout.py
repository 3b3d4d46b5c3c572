"""Where everything stands on the picture, for any shape of picture and any number of references."""

from math import sqrt

import msgspec

from fakeseed.media.render.canvas import Box
from fakeseed.media.render.planes import BLOCK
from fakeseed.media.render.spec import StubSpec
from fakeseed.media.render.text import face
from fakeseed.media.render.tiles import places


class Layout(msgspec.Struct, frozen=True):
    unit: float
    """One pixel of a 1280x720 picture, in pixels of this one. Every measure is a multiple of it."""
    margin: int
    header: Box
    prompt: Box
    tiles: tuple[Box, ...]
    facts: Box
    dial: Box
    bar: Box


def lay_out(spec: StubSpec) -> Layout:
    unit = sqrt(spec.width * spec.height) / 960
    margin, gap = 2 * round(20 * unit), round(28 * unit)
    inner = spec.width - 2 * margin
    header = Box(margin, margin, inner, face(25 * unit).line_height + face(15 * unit).line_height)
    dial, facts, bar = _footer(spec, unit, margin)
    top = header.y + header.height + gap
    content = Box(margin, top, inner, dial.y - gap - top)
    prompt, gallery = _split(content, len(spec.tiles), round(36 * unit))
    tiles = tuple(places(len(spec.tiles), gallery, unit)) if spec.tiles else ()
    return Layout(unit, margin, header, prompt, tiles, facts, dial, bar)


def _footer(spec: StubSpec, unit: float, margin: int) -> tuple[Box, Box, Box]:
    """The seconds at the left; beside them the facts, and under these the bar."""
    size = round(88 * unit)
    dial = Box(margin, spec.height - margin - size, size, size).evened()
    start = dial.x + dial.width + round(24 * unit)
    width = spec.width - margin - start
    chip, space, thickness = round(30 * unit), round(16 * unit), min(round(10 * unit) + 1 & ~1, BLOCK)
    # Each macroblock that changes costs 384 bytes, so the bar is kept short and within one row of them.
    row = round((dial.y + (size + chip + space) / 2) / BLOCK) * BLOCK
    bar = Box(start, row + (BLOCK - thickness) // 4 * 2, min(width, round(640 * unit)), thickness).evened()
    return dial, Box(start, bar.y - space - chip, width, chip), bar


def _split(content: Box, tiles: int, gap: int) -> tuple[Box, Box]:
    """The prompt's part and the references' part: side by side in a wide picture, one above the other in a tall one."""
    x, y, width, height = content
    if not tiles:
        return content, Box(x, y + height, width, 0)
    share = 0.44 if tiles == 1 else 0.52 if tiles <= 4 else 0.6
    if width > 1.6 * height:
        right = round((width - gap) * share)
        start = width - gap - right
        return Box(x, y, start, height), Box(x + start + gap, y, right, height)
    below = round((height - gap) * share)
    return Box(x, y, width, height - gap - below), Box(x, y + height - below, width, below)
