"""Shapes with smooth edges, and the colours of a stub."""

import hashlib
from colorsys import hls_to_rgb
from functools import lru_cache

import msgspec
from PIL import Image, ImageChops, ImageDraw

from fakeseed.media.render.canvas import Box, Canvas, Colour

_FINE = 4  # shapes are drawn this many times larger and then reduced, which is what smooths their edges


class Palette(msgspec.Struct, frozen=True):
    """The colours of one stub: its accent, and greys that share a breath of it."""

    accent: Colour
    sky: Colour
    ground: Colour
    well: Colour
    card: Colour
    track: Colour
    quiet: Colour
    text: Colour


@lru_cache(maxsize=256)
def palette(task_id: str) -> Palette:
    """Colours hashed from the task's id, so that two tasks are told apart at a glance."""
    digest = hashlib.sha256(task_id.encode(errors="surrogatepass")).digest()
    accent = Colour.of(*hls_to_rgb(int.from_bytes(digest[:4], "big") / 2**32, 0.66, 0.72))
    tint = [128 + round((part - 128) * 0.09) for part in accent[1:]]
    return Palette(accent, *(Colour(light, *tint) for light in (40, 29, 43, 54, 66, 144, 225)))


@lru_cache(maxsize=32)
def rounded(width: int, height: int, radius: int) -> Image.Image:
    """A mask of a rectangle with round corners."""
    radius = min(radius, width // 2, height // 2)
    mask = Image.new("L", (width, height), 255)
    if radius:
        fine = Image.new("L", (2 * radius * _FINE,) * 2)
        ImageDraw.Draw(fine).ellipse((0, 0, fine.width - 1, fine.height - 1), 255)
        disc = fine.reduce(_FINE)
        for right in (0, 1):
            for below in (0, 1):
                corner = (right * radius, below * radius, (right + 1) * radius, (below + 1) * radius)
                mask.paste(disc.crop(corner), (right * (width - radius), below * (height - radius)))
    return mask


def fill_rounded(canvas: Canvas, box: Box, radius: int, colour: Colour) -> None:
    """Paint a rectangle with round corners; half its height as radius gives a pill, or a disc."""
    canvas.stamp(colour, rounded(box.width, box.height, radius), box.x, box.y)


def backdrop(width: int, height: int, colours: Palette) -> Canvas:
    """A calm fall from the sky's lightness to the ground's."""
    canvas = Canvas(width, height, colours.ground)
    steps = colours.sky.light - colours.ground.light
    for step in range(steps):
        level = colours.sky.light - step
        canvas.light.paste(level, (0, height * step // steps, width, height * (step + 1) // steps))
    return canvas


@lru_cache(maxsize=16)
def icon(kind: str, size: int) -> Image.Image:
    """A mask of what stands for a reference whose picture is not at hand: a landscape, a film or a sound."""
    fine = Image.new("L", (size * _FINE, size * _FINE))
    draw = {"Video": _film, "Audio": _sound}.get(kind, _landscape)
    draw(fine, size * _FINE / 24)
    return fine.reduce(_FINE)


def _landscape(mask: Image.Image, unit: float) -> None:
    draw = ImageDraw.Draw(mask)
    inside = Image.new("L", mask.size)
    ImageDraw.Draw(inside).rounded_rectangle(_scaled(unit, 2, 4, 22, 20), 3 * unit, 255)
    draw.ellipse(_scaled(unit, 14.5, 6.5, 18.5, 10.5), 255)
    draw.polygon(_scaled(unit, 2, 18.5, 8.5, 10, 13, 16, 15.5, 13, 22, 20, 22, 24, 2, 24), 255)
    mask.paste(ImageChops.multiply(mask, inside))
    draw.rounded_rectangle(_scaled(unit, 2, 4, 22, 20), 3 * unit, None, 255, round(1.3 * unit))


def _film(mask: Image.Image, unit: float) -> None:
    draw = ImageDraw.Draw(mask)
    draw.rounded_rectangle(_scaled(unit, 2, 4, 22, 20), 3 * unit, 255)
    for hole in range(5):
        x = 4.1 + hole * 3.4
        for top in (5.6, 16.4):
            draw.rounded_rectangle(_scaled(unit, x, top, x + 2.2, top + 2), 0.5 * unit, 0)
    draw.rectangle(_scaled(unit, 3.3, 8.9, 20.7, 15.1), 0)
    draw.polygon(_scaled(unit, 10, 9.6, 15, 12, 10, 14.4), 255)


def _sound(mask: Image.Image, unit: float) -> None:
    draw = ImageDraw.Draw(mask)
    for index, height in enumerate((4, 9, 15, 7, 18, 11, 14, 6, 3)):
        x = 2.2 + index * 2.25
        draw.rounded_rectangle(_scaled(unit, x, 12 - height / 2, x + 1.3, 12 + height / 2), 0.65 * unit, 255)


def _scaled(unit: float, *numbers: float) -> list[float]:
    return [number * unit for number in numbers]
