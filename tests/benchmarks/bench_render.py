"""How long a stub takes to make, beside the plain way: x264 over every frame of the same pictures.

Run as ``python -m tests.benchmarks.bench_render``.
"""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from statistics import median
from time import perf_counter

from av.video.frame import PictureType
from av.video.stream import VideoStream

from fakeseed.media.render import FPS, RenderCache, StubSpec, film, mp4, render
from fakeseed.media.render.scene import play

_ROUNDS = 9
_PROMPT = (
    "A slow dolly shot through a rain-soaked neon market at night; the courier weaves between steaming food stalls, "
    "glances back, and breaks into a run as a drone drops below the canopy. Teal and amber, shallow depth of field."
)
_LENGTHS = {"5 s 1280x720": (5, 1280, 720), "15 s 1920x1080": (15, 1920, 1080), "30 s 1920x1080": (30, 1920, 1080)}


def main() -> None:
    specs = {name: _spec(*numbers) for name, numbers in _LENGTHS.items()}
    began = perf_counter()
    render(specs["5 s 1280x720"])
    print(f"The very first render of this process: {(perf_counter() - began) * 1000:.0f} ms\n")
    print(f"{'stub with audio':<16}{'first':>9}{'best':>9}{'cached':>11}{'every frame':>14}{'ratio':>8}{'size':>10}")
    for name, spec in specs.items():
        # Each first render is of another task, so that nothing of its pictures is at hand.
        tasks = [_spec(*_LENGTHS[name], task=f"task {number}") for number in range(_ROUNDS)]
        firsts = [_milliseconds(partial(render, task)) for task in tasks]
        plain = [_milliseconds(partial(_encode_every_frame, spec)) for _ in range(3)]
        print(
            f"{name:<16}{median(firsts):>6.1f} ms{min(firsts):>6.1f} ms{asyncio.run(_cached(spec)) * 1000:>8.1f} us"
            f"{median(plain):>11.0f} ms{median(plain) / median(firsts):>8.1f}{len(render(spec)) / 1e6:>7.2f} MB"
        )


def _spec(seconds: int, width: int, height: int, task: str = "task") -> StubSpec:
    return StubSpec(task, "seedance-2-less-restriction", _PROMPT, width, height, seconds, True, "text_to_video")


def _milliseconds(action: Callable[[], object]) -> float:
    began = perf_counter()
    action()
    return (perf_counter() - began) * 1000


async def _cached(spec: StubSpec) -> float:
    """What it takes to get a stub again, in milliseconds."""
    cache = RenderCache(100_000_000)
    await cache.get("task", spec)
    began = perf_counter()
    for _ in range(1000):
        await cache.get("task", spec)
    return (perf_counter() - began) / 1000 * 1000


def _encode_every_frame(spec: StubSpec) -> bytes:
    """The baseline: the same pictures and the same file, with x264 given each of them."""
    file = BytesIO()
    with mp4.create(file, spec.seconds * FPS) as container:
        stream = film.add_video(container, spec)
        mp4.write(container, [mp4.Track(stream, FPS, _coded(stream, spec))])
    return file.getvalue()


def _coded(stream: VideoStream, spec: StubSpec) -> Iterator[mp4.Coded]:
    for number, (picture, _) in enumerate(play(spec)):
        is_key = number % (film.KEY_FRAME_SECONDS * FPS) == 0
        picture.frame.pts = number
        picture.frame.pict_type = PictureType.I if is_key else PictureType.NONE
        yield mp4.Coded(b"".join(map(bytes, stream.encode(picture.frame))), number, 1, is_key)


if __name__ == "__main__":
    main()
