"""Two pictures for the demo, drawn on the spot: a person and a place."""

import io

from PIL import Image, ImageDraw, ImageFilter

SIZE = (1280, 720)
Colour = tuple[int, int, int]


def person() -> bytes:
    """A friendly figure in front of a plain wall, as JPEG."""
    picture = _gradient((238, 220, 205), (205, 170, 150))
    draw = ImageDraw.Draw(picture)
    middle = SIZE[0] // 2
    draw.ellipse((middle - 260, 470, middle + 260, 1100), fill=(52, 84, 130))
    draw.rectangle((middle - 55, 400, middle + 55, 520), fill=(222, 176, 142))
    draw.ellipse((middle - 150, 110, middle + 150, 450), fill=(236, 192, 158))
    draw.pieslice((middle - 170, 80, middle + 170, 430), 180, 360, fill=(74, 48, 36))
    for side in (-1, 1):
        eye = middle + side * 58
        draw.ellipse((eye - 14, 268, eye + 14, 296), fill=(40, 30, 28))
    draw.arc((middle - 60, 300, middle + 60, 390), 20, 160, fill=(160, 70, 70), width=9)
    return _jpeg(picture)


def scene() -> bytes:
    """Hills and a low sun over water, as JPEG."""
    picture = _gradient((40, 48, 110), (250, 160, 96))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((820, 300, 960, 440), fill=(255, 228, 170))
    for height, colour, shift in ((430, (74, 60, 110), 0), (490, (50, 44, 86), 90), (550, (30, 30, 62), 30)):
        points = [(x, height + _hill(x + shift)) for x in range(0, SIZE[0] + 40, 40)]
        draw.polygon([(0, SIZE[1]), *points, (SIZE[0], SIZE[1])], fill=colour)
    draw.rectangle((0, 620, *SIZE), fill=(24, 28, 58))
    for y in range(640, SIZE[1], 16):
        draw.line((880 - (y - 600), y, 900 + (y - 600), y), fill=(250, 190, 130), width=2)
    return _jpeg(picture.filter(ImageFilter.GaussianBlur(1)))


def _hill(x: int) -> int:
    """A gentle outline without chance."""
    wave = x % 320
    return -(wave * (320 - wave)) // 320


def _gradient(top: Colour, bottom: Colour) -> Image.Image:
    column = Image.new("RGB", (1, SIZE[1]))
    for y in range(SIZE[1]):
        share = y / SIZE[1]
        column.putpixel((0, y), tuple(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True)))
    return column.resize(SIZE)


def _jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
