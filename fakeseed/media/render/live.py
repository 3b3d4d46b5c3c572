"""The parts of a stub that move: the seconds gone, and a bar of the whole that grows a few times a second."""

from collections.abc import Iterator
from itertools import pairwise

from fakeseed.media.render.canvas import Box, Canvas
from fakeseed.media.render.layout import Layout
from fakeseed.media.render.paint import Palette, fill_rounded
from fakeseed.media.render.planes import BLOCK
from fakeseed.media.render.spec import FPS
from fakeseed.media.render.text import face

FRAMES_PER_STEP = 6
"""Every changed macroblock is in the file as it is, so the bar grows four times a second and not with every frame."""


class LiveParts:
    """Draws the moving parts in any state, and says which boxes change from one frame to the next."""

    def __init__(self, layout: Layout, colours: Palette, seconds: int) -> None:
        unit = layout.unit
        self._bar, self._digits = layout.bar, _digits(layout.dial, unit)
        self._segments = _segments(layout.bar, seconds, max(round(4 * unit), 2))
        self._seconds = seconds
        self._colours = colours
        self._font = face(34 * unit)

    def draw(self, canvas: Canvas, *, lit: bool, top: int = 0) -> None:
        """Paint the bar, lit or not, on a picture whose first row is row `top` of the frame."""
        colour = self._colours.accent if lit else self._colours.track
        for box in self._segments:
            fill_rounded(canvas, box.moved(0, -top), box.height // 2, colour)

    def draw_sheet(self, canvas: Canvas) -> Canvas:
        """Draw every state there is: what `changes` copies from. First the bar lit, and under it the numbers."""
        bar, digits = self._bar, self._digits
        rows = -(-self._seconds // self._numbers_in_row(canvas.width))
        sheet = Canvas(canvas.width, bar.height + rows * digits.height, self._colours.ground)
        sheet.paste(canvas.crop(Box(0, bar.y, canvas.width, bar.height)), 0, 0)
        ground = canvas.crop(digits)
        self.draw(sheet, lit=True, top=bar.y)
        for number in range(self._seconds):
            box = self._number(number, canvas.width)
            sheet.paste(ground, box.x, box.y)
            self._draw_number(sheet, str(number), box)
        return sheet

    def changes(self, frame: int, width: int) -> Iterator[tuple[Box, Box]]:
        """Yield boxes of the sheet and the boxes of the frame that they replace, in a frame of that width."""
        second, into = divmod(frame, FPS)
        if into == 0:
            yield self._number(second, width), self._digits
        start, end = self._filled(frame - FRAMES_PER_STEP), self._filled(frame)
        if frame % FRAMES_PER_STEP == 0 and end > start:
            x, y, _, height = self._bar
            yield Box(x + start, 0, end - start, height), Box(x + start, y, end - start, height)

    def _filled(self, frame: int) -> int:
        """How many pixels of the bar are filled while `frame` is shown: none before the first, all at the last step.

        A step ends at the edge of a macroblock, so that no macroblock is written twice.
        """
        x, _, width, _ = self._bar
        end = x + width * (frame + FRAMES_PER_STEP) // (self._seconds * FPS)
        return width if end >= x + width else max(end // BLOCK * BLOCK - x, 0)

    def _numbers_in_row(self, width: int) -> int:
        return width // self._digits.width

    def _number(self, number: int, width: int) -> Box:
        """The place in the sheet of that number."""
        row, column = divmod(number, self._numbers_in_row(width))
        _, _, across, down = self._digits
        return Box(column * across, self._bar.height + row * down, across, down)

    def _draw_number(self, sheet: Canvas, text: str, box: Box) -> None:
        x = box.x + (box.width - self._font.width(text)) // 2
        # Digits reach from the baseline, which is the font's size under the top, up to 0.7 of it.
        self._font.draw(sheet, x, box.y + box.height // 2 - round(self._font.size * 0.65), text, self._colours.text)


def _digits(dial: Box, unit: float) -> Box:
    """The box of the number: whole macroblocks, as near the middle of its place as they come."""
    width, height = (-(-round(size * unit) // BLOCK) * BLOCK for size in (44, 30))
    x, y, _, _ = dial.centred(width, height)
    return Box(round(x / BLOCK) * BLOCK, y // BLOCK * BLOCK, width, height)


def _segments(bar: Box, seconds: int, gap: int) -> list[Box]:
    """The bar, cut at each second."""
    edges = [bar.x + (bar.width + gap) * second // seconds for second in range(seconds + 1)]
    return [Box(start, bar.y, right - gap - start, bar.height) for start, right in pairwise(edges)]
