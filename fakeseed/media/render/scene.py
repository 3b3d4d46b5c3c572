"""A stub as samples: its first picture, and what changes from each frame to the next."""

from collections.abc import Iterator

from fakeseed.media.render.layout import lay_out
from fakeseed.media.render.live import LiveParts
from fakeseed.media.render.paint import palette
from fakeseed.media.render.planes import Planes
from fakeseed.media.render.poster import draw_poster
from fakeseed.media.render.spec import FPS, StubSpec


def play(spec: StubSpec) -> Iterator[tuple[Planes, set[int]]]:
    """Yield the picture of each frame, always the same object changed, and the macroblocks that changed in it.

    What moves is drawn once beforehand, in every state it takes, on a sheet beside the picture. A frame is then made by
    copying boxes of samples, which costs microseconds where drawing and converting it would cost milliseconds.
    """
    layout, colours = lay_out(spec), palette(spec.task_id)
    parts = LiveParts(layout, colours, spec.seconds)
    canvas = draw_poster(spec, layout, colours)
    parts.draw(canvas, lit=False)
    picture, sheet = Planes(canvas), Planes(parts.draw_sheet(canvas))
    for frame in range(spec.seconds * FPS):
        changed: set[int] = set()
        for source, target in parts.changes(frame, spec.width):
            picture.paste(sheet, source, target.x, target.y)
            changed |= picture.blocks_under(target)
        yield picture, changed
