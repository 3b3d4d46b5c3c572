"""Making a stub MP4 from what a task says, and nothing else.

From description to bytes: `poster` lays out the still picture, `scene` adds the parts that move, `h264` and `film`
turn that into a video track, `sound` into an audio track, and `mp4` into a file. `stub.render` is the way in.
"""

from fakeseed.media.render.cache import RenderCache
from fakeseed.media.render.spec import FPS, ReferenceTile, StubSpec
from fakeseed.media.render.stub import render

__all__ = ["FPS", "ReferenceTile", "RenderCache", "StubSpec", "render"]
