"""What a stub video shows. Nothing here imports a drawing or a video library."""

import msgspec

FPS = 24


class ReferenceTile(msgspec.Struct, frozen=True):
    """One reference of a task, in the order the task named them."""

    label: str
    """What the prompt calls it: ``Image 1``, ``Video 1``, ``Audio 2``."""
    kind: str
    """``Image``, ``Video`` or ``Audio``; any other kind is drawn as an image."""
    source: str
    """Where it came from: an ``asset://`` name, a URL of any length or a ``data:`` URI."""
    picture: bytes | None = None
    """A small JPEG or PNG of it, when it was fetched. One that cannot be read is drawn as if it were absent."""


class StubSpec(msgspec.Struct, frozen=True):
    """Everything that decides the bytes of a stub video. Equal specs give equal bytes."""

    task_id: str
    task_type: str
    prompt: str
    width: int
    height: int
    seconds: int
    audio: bool
    mode: str
    tiles: tuple[ReferenceTile, ...] = ()
