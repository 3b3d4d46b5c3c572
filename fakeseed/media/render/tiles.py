"""The references of a task as cards: the picture, what the prompt calls it, and where it came from."""

from io import BytesIO

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from fakeseed.media.render.canvas import Box, Canvas
from fakeseed.media.render.paint import Palette, icon, rounded
from fakeseed.media.render.spec import ReferenceTile
from fakeseed.media.render.text import face, shorten_middle

# A few bytes can announce a picture that takes gigabytes to unpack. Ours are thumbnails; beyond this they are not read.
_MOST_PIXELS = 16_000_000
_READERS = {b"\xff\xd8\xff": JpegImageFile, b"\x89PN": PngImageFile}


def places(count: int, area: Box, unit: float) -> list[Box]:
    """Lay `count` cards out over the width of `area`, in the number of columns that leaves the pictures largest."""
    gap, caption = round(14 * unit), _caption_height(unit)
    cells = [(*_cell(count, columns, area, gap, caption), columns) for columns in range(1, count + 1)]
    width, height, columns = max(cells, key=lambda cell: _room(cell[0], cell[1] - caption))
    rows = -(-count // columns)
    top = area.centred(area.width, rows * (height + gap) - gap).y
    spots = [divmod(index, columns) for index in range(count)]
    lefts = [area.x + (area.width + gap) * column // columns for column in range(columns)]
    return [Box(lefts[column] & ~1, top + row * (height + gap) & ~1, width, height) for row, column in spots]


def _cell(count: int, columns: int, area: Box, gap: int, caption: int) -> tuple[int, int]:
    """The size of a card when there are that many columns; its picture is never taller than wide."""
    rows = -(-count // columns)
    width = max((area.width - gap * (columns - 1)) // columns, 2) & ~1
    height = (area.height - gap * (rows - 1)) // rows
    return width, max(min(height - caption, width), 2) + caption & ~1


def _room(width: int, height: int) -> int:
    """What a usual picture can use of a space: it is not wider than twice its height."""
    return min(width, 2 * height) * height


def draw_tile(canvas: Canvas, box: Box, tile: ReferenceTile, colours: Palette, unit: float) -> None:
    """Paint one card into `box`."""
    card = Canvas(box.width, box.height, colours.card)
    well = Box(0, 0, box.width, box.height - _caption_height(unit) & ~1)
    card.fill(colours.well, well)
    picture = read_picture(tile.picture, well) if tile.picture else None
    if picture:
        position = well.centred(*picture.size)
        card.paste_rgb(picture, position.x & ~1, position.y & ~1)
    else:
        size = max(min(round(min(well.width, well.height) * 0.56), round(96 * unit)), 1)
        position = well.centred(size, size)
        card.stamp(colours.accent, icon(tile.kind, size), position.x, position.y)
    _draw_caption(card, tile, well.height, colours, unit)
    canvas.paste(card, box.x, box.y, rounded(box.width, box.height, round(9 * unit)))


def _draw_caption(card: Canvas, tile: ReferenceTile, top: int, colours: Palette, unit: float) -> None:
    name, source = face(15 * unit), face(12 * unit)
    pad = round(9 * unit)
    room = card.width - 2 * pad
    top += round(4 * unit)
    name.draw(card, pad, top, shorten_middle(tile.label, name, room), colours.text)
    top += name.line_height
    source.draw(card, pad, top, shorten_middle(tile.source, source, room), colours.quiet)


def read_picture(data: bytes, well: Box) -> Image.Image | None:
    """Read a JPEG or PNG and scale it to fit `well`, to an even size; None when it cannot be read or is too large.

    The readers are named, rather than found by `Image.open`, which warns of large pictures through a process-wide
    switch; here the size is looked at before anything is unpacked.
    """
    reader = _READERS.get(data[:3])
    if reader is None:
        return None
    try:
        picture = reader(BytesIO(data))
        if picture.width * picture.height > _MOST_PIXELS:
            return None
        picture.draft("RGB", (well.width, well.height))
        scale = min(well.width / picture.width, well.height / picture.height)
        size = max(round(picture.width * scale) & ~1, 2), max(round(picture.height * scale) & ~1, 2)
        fitted = picture.convert("RGBA").resize(size, Image.Resampling.BILINEAR, reducing_gap=2)
    except Exception:  # a decoder meets anything at all in corrupt bytes, and a stub without the picture still serves
        return None
    flat = Image.new("RGB", size, (128, 128, 128))
    flat.paste(fitted, mask=fitted.getchannel("A"))
    return flat


def _caption_height(unit: float) -> int:
    return face(15 * unit).line_height + face(12 * unit).line_height + round(8 * unit)
