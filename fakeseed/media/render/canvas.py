"""A picture to draw on, in the form video has it: lightness at full size and colour at half (YUV 4:2:0, BT.709).

Drawing in RGB and converting at the end would cost more than all the rest of a stub. Here it costs nothing, provided
that boxes have even numbers and that the greys of a picture share one tint: text in such a grey is lightness only.
"""

from typing import NamedTuple, cast

import av
from av.video.plane import VideoPlane
from PIL import Image, ImageDraw

# ITU-R BT.709, article 3: R'G'B' to Y'CbCr in the range that video uses, 16 to 235 for Y' and 16 to 240 for the others.
_LIGHT = (0.1826, 0.6142, 0.0620, 16.0)
_BLUE = (-0.1006, -0.3386, 0.4392, 128.0)
_RED = (0.4392, -0.3989, -0.0403, 128.0)


class Colour(NamedTuple):
    """Lightness and the two colour differences."""

    light: int
    blue: int
    red: int

    @classmethod
    def of(cls, red: float, green: float, blue: float) -> "Colour":
        """From parts between 0 and 1."""
        rows = (_LIGHT, _BLUE, _RED)
        return cls(*(round(255 * (r * red + g * green + b * blue) + base) for r, g, b, base in rows))


class Box(NamedTuple):
    """A rectangle in pixels."""

    x: int
    y: int
    width: int
    height: int

    def edges(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom, as Pillow has it."""
        return self.x, self.y, self.x + self.width, self.y + self.height

    def moved(self, right: int, down: int) -> "Box":
        return Box(self.x + right, self.y + down, self.width, self.height)

    def centred(self, width: int, height: int) -> "Box":
        """A box of that size in the middle of this one."""
        return Box(self.x + (self.width - width) // 2, self.y + (self.height - height) // 2, width, height)

    def evened(self) -> "Box":
        """The smallest box around this one whose edges are even."""
        x, y = self.x & ~1, self.y & ~1
        return Box(x, y, (self.x + self.width + 1 & ~1) - x, (self.y + self.height + 1 & ~1) - y)

    def halved(self) -> "Box":
        """The same place in a plane of half the size."""
        return Box(self.x // 2, self.y // 2, self.width // 2, self.height // 2)


class Canvas:
    """The three planes of a video frame, to draw on. Sizes and places are even, but for those of a stamp."""

    def __init__(self, width: int, height: int, colour: Colour) -> None:
        self.width, self.height = width, height
        self.tint = colour[1:]
        self.frame = av.VideoFrame(width, height, "yuv420p")
        self.light, self.blue, self.red = map(_drawable, self.frame.planes)
        self._pen = ImageDraw.Draw(self.light)
        self.fill(colour, Box(0, 0, width, height))

    def crop(self, box: Box) -> "Canvas":
        """A copy of a part."""
        part = Canvas(box.width, box.height, Colour(0, *self.tint))
        half = box.halved().edges()
        part.light.paste(self.light.crop(box.edges()))
        part.blue.paste(self.blue.crop(half))
        part.red.paste(self.red.crop(half))
        return part

    def paste(self, source: "Canvas", x: int, y: int, mask: Image.Image | None = None) -> None:
        half_mask = mask.reduce(2) if mask else None
        self.light.paste(source.light, (x, y), mask)
        self.blue.paste(source.blue, (x // 2, y // 2), half_mask)
        self.red.paste(source.red, (x // 2, y // 2), half_mask)

    def fill(self, colour: Colour, box: Box) -> None:
        half = box.halved().edges()
        self.light.paste(colour.light, box.edges())
        self.blue.paste(colour.blue, half)
        self.red.paste(colour.red, half)

    def stamp(self, colour: Colour, mask: Image.Image, x: int, y: int) -> None:
        """Colour what the mask covers, its top left corner at any x, y."""
        self._pen.bitmap((x, y), mask, colour.light)
        if colour[1:] == self.tint:
            return
        even = Image.new("L", (mask.width + (x & 1), mask.height + (y & 1)))
        even.paste(mask, (x & 1, y & 1))
        half = even.reduce(2)
        self.blue.paste(colour.blue, (x // 2, y // 2), half)
        self.red.paste(colour.red, (x // 2, y // 2), half)

    def paste_rgb(self, picture: Image.Image, x: int, y: int) -> None:
        """Put an RGB picture of even size at x, y."""
        half = picture.reduce(2)
        self.light.paste(picture.convert("L", _LIGHT), (x, y))
        self.blue.paste(half.convert("L", _BLUE), (x // 2, y // 2))
        self.red.paste(half.convert("L", _RED), (x // 2, y // 2))


def _drawable(plane: VideoPlane) -> Image.Image:
    """An image that draws straight into the plane's memory. Pillow would make it a copy at the first stroke, if let."""
    size = plane.width, plane.height
    memory = cast("bytearray", plane)  # any buffer will do, though Pillow's annotation names but two
    image = Image.frombuffer("L", size, memory, "raw", "L", plane.line_size, 1)
    image.readonly = 0
    return image
