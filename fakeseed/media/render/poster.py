"""The still picture of a stub: what it was asked for, at a glance."""

import re

from fakeseed.media.render.canvas import Box, Canvas
from fakeseed.media.render.layout import Layout
from fakeseed.media.render.paint import Palette, backdrop, fill_rounded
from fakeseed.media.render.spec import FPS, StubSpec
from fakeseed.media.render.text import MENTION, clean, face, fit, shorten_middle
from fakeseed.media.render.tiles import draw_tile

_PROMPT_SIZES = (72, 60, 50, 42, 36, 31, 27, 23.5, 20, 17.5, 15)
_LONGEST_PROMPT = 4000


def draw_poster(spec: StubSpec, layout: Layout, colours: Palette) -> Canvas:
    """Draw everything but the parts that move, for which `layout` keeps places."""
    canvas = backdrop(spec.width, spec.height, colours)
    _draw_header(canvas, spec, layout, colours)
    _draw_prompt(canvas, spec.prompt, layout, colours)
    for tile, box in zip(spec.tiles, layout.tiles, strict=True):
        draw_tile(canvas, box, tile, colours, layout.unit)
    _draw_facts(canvas, spec, layout, colours)
    return canvas


def _draw_header(canvas: Canvas, spec: StubSpec, layout: Layout, colours: Palette) -> None:
    box, unit = layout.header, layout.unit
    title, small = face(25 * unit), face(15 * unit)
    stroke = round(6 * unit)
    fill_rounded(canvas, Box(box.x, box.y, stroke, box.height), stroke // 2, colours.accent)
    x = box.x + stroke + round(16 * unit)
    mark = "fakeseed stub"
    right = box.x + box.width - small.width(mark)
    small.draw(canvas, right, box.y + (title.size - small.size), mark, colours.quiet)
    title.draw(canvas, x, box.y, shorten_middle(spec.task_type, title, right - x - stroke), colours.text)
    room = box.x + box.width - x
    small.draw(canvas, x, box.y + title.line_height, shorten_middle(spec.task_id, small, room), colours.quiet)


def _draw_prompt(canvas: Canvas, prompt: str, layout: Layout, colours: Palette) -> None:
    """As large as it fits, centred in height."""
    box = layout.prompt
    text = clean(prompt[:_LONGEST_PROMPT])
    ink = colours.text
    if not text.strip():
        text, ink = "No prompt", colours.quiet
    font, rows = fit(text, [size * layout.unit for size in _PROMPT_SIZES], box.width, box.height)
    top = box.y + max(box.height - len(rows) * font.line_height, 0) // 2
    for number, row in enumerate(rows):
        x = box.x
        for index, part in enumerate(re.split(f"({MENTION})", row)):
            x = font.draw(canvas, x, top + number * font.line_height, part, colours.accent if index % 2 else ink)


def _draw_facts(canvas: Canvas, spec: StubSpec, layout: Layout, colours: Palette) -> None:
    """One pill for each fact."""
    unit, box = layout.unit, layout.facts
    font = face(15 * unit)
    sound = "audio" if spec.audio else "no audio"
    facts = (f"{spec.width}x{spec.height}", f"{spec.seconds} s", f"{FPS} fps", sound, spec.mode.replace("_", " "))
    pad, x, end = round(11 * unit), box.x, box.x + box.width
    for fact in facts:
        text = shorten_middle(fact, font, max(end - x - 2 * pad, 0))
        width = font.width(text) + 2 * pad
        if x + width > end:
            break
        fill_rounded(canvas, Box(x, box.y, width, box.height), box.height // 2, colours.card)
        font.draw(canvas, x + pad, box.y + (box.height - font.line_height) // 2, text, colours.text)
        x += width + round(8 * unit)
