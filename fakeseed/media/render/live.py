"""The parts of a stub that move: a dial that goes round each second about the seconds gone, and a bar of the whole."""

from collections.abc import Iterator
from itertools import pairwise
from math import cos, pi, sin

from fakeseed.media.render.canvas import Box, Canvas
from fakeseed.media.render.layout import Layout
from fakeseed.media.render.paint import Palette, fill_rounded
from fakeseed.media.render.spec import FPS
from fakeseed.media.render.text import face

_DOTS = 12
_FRAMES_PER_DOT = FPS // _DOTS


class LiveParts:
    """Draws the moving parts in any state, and says which boxes change from one frame to the next.

    The dots of the dial light up one after the other in one second and go out likewise in the next, so that no frame
    has much to change.
    """

    def __init__(self, layout: Layout, colours: Palette, seconds: int) -> None:
        unit, dial = layout.unit, layout.dial
        self._dial, self._bar = dial, layout.bar
        self._digits = dial.centred(round(50 * unit), round(44 * unit)).evened()
        self._dots = [_dot(dial, index, 2 * round(4 * unit)) for index in range(_DOTS)]
        self._segments = _segments(layout.bar, seconds, max(round(4 * unit), 2))
        self._seconds = seconds
        self._colours = colours
        self._font = face(34 * unit)

    def draw(self, canvas: Canvas, *, lit: bool, top: int = 0) -> None:
        """Paint the dots and the bar, lit or not, on a picture whose first row is row `top` of the frame."""
        colour = self._colours.accent if lit else self._colours.track
        for box in self._dots + self._segments:
            fill_rounded(canvas, box.moved(0, -top), box.height // 2, colour)

    def draw_sheet(self, canvas: Canvas) -> Canvas:
        """Draw every state there is, from the picture with the parts unlit: what `changes` copies from.

        First the band of the frame that holds the parts, lit; under it the dial unlit, and beside that the numbers.
        """
        dial, digits = self._dial, self._digits
        rows = -(-self._seconds // self._numbers_in_row(canvas.width))
        height = dial.height + max(dial.height, rows * digits.height)
        sheet = Canvas(canvas.width, height, self._colours.ground)
        sheet.paste(canvas.crop(Box(0, dial.y, canvas.width, dial.height)), 0, 0)
        sheet.paste(canvas.crop(dial), 0, dial.height)
        ground = canvas.crop(digits)
        self.draw(sheet, lit=True, top=dial.y)
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
        if into % _FRAMES_PER_DOT == 0:
            dot = self._dots[into // _FRAMES_PER_DOT]
            lit, unlit = dot.moved(0, -self._dial.y), dot.moved(-self._dial.x, self._dial.height - self._dial.y)
            yield lit if second % 2 == 0 else unlit, dot
        start, end = self._filled(frame - 1), self._filled(frame)
        if end > start:
            x, y, _, height = self._bar
            yield Box(x + start, y - self._dial.y, end - start, height), Box(x + start, y, end - start, height)

    def _filled(self, frame: int) -> int:
        """How many pixels of the bar are filled while `frame` is shown: none before the first, all at the last."""
        return self._bar.width * (frame + 1) // (self._seconds * FPS) & ~1

    def _numbers_in_row(self, width: int) -> int:
        return (width - self._dial.width) // self._digits.width

    def _number(self, number: int, width: int) -> Box:
        """The place in the sheet of the dial's middle with that number."""
        row, column = divmod(number, self._numbers_in_row(width))
        _, _, across, down = self._digits
        return Box(self._dial.width + column * across, self._dial.height + row * down, across, down)

    def _draw_number(self, sheet: Canvas, text: str, box: Box) -> None:
        x = box.x + (box.width - self._font.width(text)) // 2
        # Digits reach from the baseline, which is the font's size under the top, up to 0.7 of it.
        self._font.draw(sheet, x, box.y + box.height // 2 - round(self._font.size * 0.65), text, self._colours.text)


def _dot(dial: Box, index: int, size: int) -> Box:
    """Dot 0 stands at the top; the others follow clockwise. Every number is even, and so no dot leaves the dial."""
    angle, radius = 2 * pi * index / _DOTS, (dial.width - size) // 4 * 2
    middle = dial.x + (dial.width - size) // 4 * 2, dial.y + (dial.height - size) // 4 * 2
    return Box(
        middle[0] + 2 * round(radius / 2 * sin(angle)), middle[1] - 2 * round(radius / 2 * cos(angle)), size, size
    )


def _segments(bar: Box, seconds: int, gap: int) -> list[Box]:
    """The bar, cut at each second."""
    edges = [bar.x + (bar.width + gap) * second // seconds for second in range(seconds + 1)]
    return [Box(start, bar.y, right - gap - start, bar.height) for start, right in pairwise(edges)]
