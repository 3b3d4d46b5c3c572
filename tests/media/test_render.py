"""The stub videos: what a player finds in them, and that what it shows is what was drawn."""

import asyncio
import hashlib
import json
import shutil
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import combinations, pairwise

import av
import msgspec
import pytest
from av.container import InputContainer
from av.video.frame import VideoFrame
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from fakeseed.media.render import FPS, ReferenceTile, RenderCache, StubSpec, h264, mp4, render, sound
from fakeseed.media.render.bits import BitReader, BitWriter
from fakeseed.media.render.canvas import Box
from fakeseed.media.render.film import KEY_FRAME_SECONDS
from fakeseed.media.render.layout import lay_out
from fakeseed.media.render.live import FRAMES_PER_STEP
from fakeseed.media.render.scene import play
from fakeseed.media.render.text import clean, face, fit, shorten_middle

SIZES = ["864x496", "752x560", "640x640", "560x752", "496x864", "992x432", "1280x720", "1112x834", "960x960"]
SIZES += [
    "834x1112",
    "720x1280",
    "1470x630",
    "1920x1080",
    "1664x1248",
    "1440x1440",
    "1248x1664",
    "1080x1920",
    "2206x946",
]

PROMPT = "The courier from @Image 1 runs through a neon market; the drone of @Video 1 follows to the sound of @Audio 1."


def _tiles(count: int, picture: bytes | None = None) -> tuple[ReferenceTile, ...]:
    kinds = ("Image", "Video", "Audio")
    return tuple(
        ReferenceTile(f"{kinds[n % 3]} {n // 3 + 1}", kinds[n % 3], f"https://example.com/{'path/' * n}{n}", picture)
        for n in range(count)
    )


PLAIN = StubSpec(
    task_id="7f3b1c2e-9a44-4c1d-8e21-0b7a5d9c6e10",
    task_type="seedance-2-less-restriction",
    prompt=PROMPT,
    width=640,
    height=640,
    seconds=1,
    audio=True,
    mode="omni_reference",
    tiles=_tiles(3),
)


def _spec(size: str = "640x640", **changes: object) -> StubSpec:
    width, height = map(int, size.split("x"))
    return msgspec.structs.replace(PLAIN, width=width, height=height, **changes)


def _picture(colour: str = "red", size: tuple[int, int] = (160, 120), form: str = "JPEG", mode: str = "RGB") -> bytes:
    file = BytesIO()
    plain = Image.new("RGB", size, colour)
    (plain.convert("L").convert(mode) if mode == "I;16" else plain.convert(mode)).save(file, form)
    return file.getvalue()


def _opened(file: bytes) -> InputContainer:
    container = av.open(BytesIO(file))
    assert isinstance(container, InputContainer)
    return container


def _boxes(file: bytes) -> Iterator[tuple[str, int]]:
    """The outermost boxes: kind and size. They must fill the file exactly."""
    at = 0
    while at < len(file):
        size, kind = struct.unpack_from(">I4s", file, at)
        assert size >= 8
        yield kind.decode(), size
        at += size
    assert at == len(file)


def _frames(file: bytes, numbers: Sequence[int]) -> list[VideoFrame]:
    with _opened(file) as container:
        selected = set(numbers)
        return [frame for number, frame in enumerate(container.decode(video=0)) if number in selected]


def _images(frame: VideoFrame) -> list[Image.Image]:
    """Copies of the planes of a frame."""
    return [
        Image.frombytes("L", (plane.width, plane.height), bytes(plane), "raw", "L", plane.line_size, 1)
        for plane in frame.planes
    ]


def _rgb(frame: VideoFrame) -> Image.Image:
    (plane,) = frame.reformat(format="rgb24").planes
    return Image.frombytes("RGB", (frame.width, frame.height), bytes(plane), "raw", "RGB", plane.line_size, 1)


def _difference(first: Image.Image, second: Image.Image) -> tuple[float, int]:
    """Mean and greatest difference."""
    statistics = ImageStat.Stat(ImageChops.difference(first, second))
    return statistics.mean[0], int(statistics.extrema[0][1])


# ---- the file


def _picture_times(file: bytes, size: tuple[int, int]) -> list[float]:
    """When each picture is shown, in frames, having decoded all of them and seen that they have that size."""
    times = []
    with _opened(file) as container:
        for frame in container.decode(video=0):
            assert (frame.width, frame.height) == size
            times.append((frame.time or 0.0) * FPS)
    return times


def _samples(file: bytes) -> list[float]:
    """The sound, decoded."""
    with _opened(file) as container:
        return [
            sample
            for frame in container.decode(audio=0)
            for sample in memoryview(bytes(frame.planes[0])[: 4 * frame.samples]).cast("f")
        ]


def _check_file(file: bytes, spec: StubSpec) -> None:
    times = _picture_times(file, (spec.width, spec.height))
    assert times == pytest.approx(list(range(spec.seconds * FPS)))
    if spec.audio:
        # A decoder hands out the last AAC frame whole; the file says where in it the track ends.
        assert 0 <= len(_samples(file)) - spec.seconds * sound.RATE < sound.FRAME
    with _opened(file) as container:
        assert container.duration == spec.seconds * 1_000_000
        assert container.start_time == 0
        (video,) = container.streams.video
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert "Baseline" in str(video.profile)
        assert [video.average_rate, video.guessed_rate, video.frames] == [FPS, FPS, spec.seconds * FPS]
        assert video.duration is not None
        assert video.time_base is not None
        assert video.duration * video.time_base == spec.seconds
        assert len(container.streams.audio) == spec.audio
        for audio in container.streams.audio:
            assert (audio.codec_context.name, audio.profile, audio.codec_context.sample_rate) == ("aac", "LC", 48_000)
            assert audio.duration is not None
            assert audio.time_base is not None
            assert audio.duration * audio.time_base == spec.seconds
    assert [kind for kind, _ in _boxes(file) if kind != "free"] == ["ftyp", "moov", "mdat"]
    assert len(file) >= 10_000


@pytest.mark.parametrize("size", SIZES)
def test_every_size_is_exact(size: str) -> None:
    spec = _spec(size, tiles=_tiles(12))
    _check_file(render(spec), spec)


@pytest.mark.parametrize(
    ("size", "seconds", "audio"),
    [
        ("640x640", 30, True),
        ("992x432", 15, False),
        ("1280x720", 5, True),
        ("1112x834", 8, True),
        ("496x864", 7, True),
        ("200x200", 30, True),
    ],
)
def test_lengths_are_exact(size: str, seconds: int, audio: bool) -> None:
    spec = _spec(size, seconds=seconds, audio=audio)
    _check_file(render(spec), spec)


def test_the_smallest_is_large_enough() -> None:
    spec = _spec("496x864", prompt="", task_id="", task_type="", mode="", tiles=(), audio=False)
    _check_file(render(spec), spec)


@pytest.mark.parametrize("size", [8, 9_000, 9_999, 10_000, 12_000])
def test_padding_makes_a_file_just_large_enough(size: int) -> None:
    file = struct.pack(">I4s", size, b"ftyp") + bytes(size - 8)
    padded = mp4.padded(file)
    assert padded.startswith(file)
    assert sum(length for _, length in _boxes(padded)) == len(padded)
    assert len(padded) == (10_007 if size == 9_999 else max(size, 10_000))


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")
@pytest.mark.parametrize("size", ["1280x720", "834x1112"])
def test_ffprobe_agrees(size: str) -> None:
    spec = _spec(size, seconds=6)
    command = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json", "-"]
    ended = subprocess.run(command, input=render(spec), capture_output=True, check=True)
    assert ended.stderr == b""
    streams = json.loads(ended.stdout)
    assert float(streams["format"]["duration"]) == 6
    assert not {"creation_time", "encoder"} & streams["format"]["tags"].keys()
    video, audio = streams["streams"]
    assert (video["codec_name"], video["width"], video["height"]) == ("h264", spec.width, spec.height)
    assert (video["r_frame_rate"], video["avg_frame_rate"], video["nb_read_frames"]) == ("24/1", "24/1", "144")
    assert (video["color_space"], video["color_range"], video["has_b_frames"]) == ("bt709", "tv", 0)
    assert float(video["duration"]) == float(audio["duration"]) == 6
    assert (audio["codec_name"], audio["profile"], audio["start_time"]) == ("aac", "LC", "0.000000")


# ---- the same bytes for the same spec

_ELSEWHERE = """
import hashlib, sys, msgspec
from fakeseed.media.render import StubSpec, render
heavy = {"av", "PIL"} & set(sys.modules)
specs = msgspec.json.decode(sys.stdin.buffer.read(), type=list[StubSpec])
print(sorted(heavy), *(hashlib.sha256(render(spec)).hexdigest() for spec in specs))
"""


def test_bytes_are_the_same_in_any_process_and_heavy_libraries_wait_for_the_first_render() -> None:
    sizes = ("752x560", "1112x834", "496x864", "2206x946")
    specs = [_spec(size, seconds=3, tiles=_tiles(5, _picture())) for size in sizes]
    own = [render(spec) for spec in specs]
    assert [render(spec) for spec in specs] == own
    for seed in ("1", "2"):
        ended = subprocess.run(
            [sys.executable, "-W", "error", "-c", _ELSEWHERE],
            input=msgspec.json.encode(specs),
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(filter(None, sys.path))},
            capture_output=True,
            check=True,
        )
        assert ended.stdout.decode().split() == ["[]", *(hashlib.sha256(file).hexdigest() for file in own)]


def test_tasks_look_different() -> None:
    first, second = (_frames(render(_spec(task_id=name)), [0])[0] for name in ("task-1", "task-2"))
    assert any(_difference(*planes)[0] > 0.5 for planes in zip(_images(first)[1:], _images(second)[1:], strict=True))


# ---- what is shown is what was drawn


def _blocks(images: list[Image.Image], address: int) -> bytes:
    row, column = divmod(address, -(-images[0].width // 16))
    parts = []
    for image, side in zip(images, (16, 8, 8), strict=True):
        parts.append(image.crop((column * side, row * side, (column + 1) * side, (row + 1) * side)).tobytes())
    return b"".join(parts)


@pytest.mark.parametrize("size", ["640x640", "1470x630"])
def test_pictures_never_drift_from_what_was_drawn(size: str) -> None:
    """Compared at the ends of every run between key frames, where errors that add up would be largest."""
    spec = _spec(size, seconds=2 * KEY_FRAME_SECONDS + 1, tiles=_tiles(4, _picture()))
    run = KEY_FRAME_SECONDS * FPS
    numbers = [0, 1, 30, run - 1, run, run + 1, 2 * run - 1, 2 * run, spec.seconds * FPS - 1]
    decoded = dict(zip(numbers, map(_images, _frames(render(spec), numbers)), strict=True))
    worst_of_key = 0
    for number, (picture, changed) in enumerate(play(spec)):
        if number not in decoded:
            continue
        drawn = _images(picture.frame)
        errors = [_difference(*planes) for planes in zip(drawn, decoded[number], strict=True)]
        assert max(mean for mean, _ in errors) < 1.5
        worst = max(worst for _, worst in errors)
        if number % run == 0:
            worst_of_key = worst
            assert worst < 45
        else:
            assert worst <= worst_of_key
            for address in changed:
                assert _blocks(decoded[number], address) == _blocks(drawn, address)


def test_frames_are_numbered_from_their_key_frame() -> None:
    """Most decoders forgive a wrong number, so that comparing pictures does not find it."""
    run = KEY_FRAME_SECONDS * FPS
    with _opened(render(_spec(seconds=2 * KEY_FRAME_SECONDS, audio=False))) as container:
        parameters_set = container.streams.video[0].codec_context.extradata or b""
        packets = [(bytes(packet), packet.is_keyframe) for packet in container.demux(video=0) if packet.size]
    (length,) = struct.unpack_from(">H", parameters_set, 6)  # avcC: the first sequence parameter set
    bits = h264.read_parameters(b"".join(b"\0\0\0\1" + unit for unit in _units(parameters_set, length))).frame_num_bits
    for number, (data, is_key) in enumerate(packets):
        assert is_key == (number % run == 0)
        if not is_key:
            header = BitReader(data[5:])
            assert (header.ue(), header.ue(), header.ue()) == (0, 5, 0)
            assert header.u(bits) == number % run % (1 << bits)


def _units(avcc: bytes, length: int) -> tuple[bytes, bytes]:
    """The sequence and the picture parameter set of an avcC box."""
    return avcc[8 : 8 + length], avcc[8 + length + 3 :]


def test_the_bar_grows_four_times_a_second_and_every_second_has_its_number() -> None:
    spec = _spec("1280x720", seconds=3)
    frames = [_images(frame)[0] for frame in _frames(render(spec), range(3 * FPS))]
    bar, dial = lay_out(spec).bar, lay_out(spec).dial
    middle = dial.centred(dial.width // 2, dial.height // 2).edges()
    for number, (earlier, later) in enumerate(pairwise(frames), 1):
        moved = _difference(earlier.crop(bar.edges()), later.crop(bar.edges()))[1]
        assert (moved > 50) == (number % FRAMES_PER_STEP == 0)
    for second in (1, 2):
        ending, beginning = frames[second * FPS - 1].crop(middle), frames[second * FPS].crop(middle)
        assert _difference(ending, beginning)[1] > 80
    first, last = (ImageStat.Stat(frames[n].crop(bar.edges())).mean[0] for n in (0, -1))
    assert last > first + 30


@pytest.mark.parametrize(("size", "seconds", "most"), [("1280x720", 5, 100_000), ("1920x1080", 15, 300_000)])
def test_a_stub_of_a_usual_length_is_small(size: str, seconds: int, most: int) -> None:
    assert len(render(_spec(size, seconds=seconds, prompt=PROMPT))) < most


def test_a_tick_sounds_at_each_second() -> None:
    loud = [number for number, sample in enumerate(_samples(render(_spec(seconds=4)))) if abs(sample) > 0.01]
    starts = [loud[0]] + [following for previous, following in pairwise(loud) if following - previous > sound.RATE // 4]
    assert [round(start / sound.RATE) for start in starts] == [0, 1, 2, 3]
    assert all(abs(start / sound.RATE - second) < 0.012 for second, start in enumerate(starts))


# ---- the references


@pytest.mark.parametrize("size", ["992x432", "720x1280"])
def test_a_picture_is_shown_in_its_tile(size: str) -> None:
    colours = ("red", "lime", "blue")
    bare = _spec(size, tiles=_tiles(3))
    pictured = tuple(msgspec.structs.replace(t, picture=_picture(c)) for t, c in zip(bare.tiles, colours, strict=True))
    frame, bare_frame = (_frames(render(spec), [12])[0] for spec in (_spec(size, tiles=pictured), bare))
    rgb, bare_rgb = _rgb(frame), _rgb(bare_frame)
    for channel, box in enumerate(lay_out(bare).tiles):
        edges = Box(box.x, box.y, box.width, box.height * 2 // 3).centred(24, 24).edges()
        mean = ImageStat.Stat(rgb.crop(edges)).mean
        assert mean[channel] > 215
        assert sum(mean) - mean[channel] < 80
        assert _difference(rgb.crop(edges).convert("L"), bare_rgb.crop(edges).convert("L"))[0] > 5


@pytest.mark.parametrize("size", SIZES)
def test_everything_stands_apart_and_inside_the_picture(size: str) -> None:
    for count in range(13):
        spec = _spec(size, tiles=_tiles(count))
        layout = lay_out(spec)
        boxes = [layout.header, layout.prompt, *layout.tiles, layout.dial, layout.facts, layout.bar]
        assert len(layout.tiles) == count
        for box in boxes:
            x, top, right, bottom = box.edges()
            assert 16 <= x < right <= spec.width - 16
            assert 16 <= top < bottom <= spec.height - 16
        for first, second in combinations(boxes, 2):
            x, top, right, bottom = first.edges()
            assert right <= second.x or second.edges()[2] <= x or bottom <= second.y or second.edges()[3] <= top


# A few thousand bytes that unpack to twenty million pixels.
_LARGE = _picture("white", (5000, 4000), "PNG", "1")


@pytest.mark.parametrize(
    "picture",
    [b"", b"\xff\xd8\xff", b"not a picture", _picture()[:200], _picture(form="PNG")[:60], _LARGE],
    ids=["empty", "start only", "text", "cut jpeg", "cut png", "too large"],
)
def test_a_picture_that_cannot_be_read_is_drawn_as_none(picture: bytes) -> None:
    assert render(_spec(tiles=_tiles(2, picture))) == render(_spec(tiles=_tiles(2)))


@pytest.mark.parametrize(
    ("form", "mode", "size"),
    [
        ("JPEG", "CMYK", (64, 64)),
        ("JPEG", "L", (2000, 3)),
        ("PNG", "P", (64, 64)),
        ("PNG", "1", (1, 900)),
        ("PNG", "RGBA", (64, 64)),
        ("PNG", "I;16", (64, 64)),
        ("PNG", "LA", (1, 1)),
    ],
)
def test_pictures_of_any_mode_and_shape_are_shown(form: str, mode: str, size: tuple[int, int]) -> None:
    picture = _picture("white", size, form, mode)
    assert render(_spec(tiles=_tiles(1, picture))) != render(_spec(tiles=_tiles(1)))


# ---- words

_ANYTHING = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)


@settings(max_examples=15, deadline=None)
@given(_ANYTHING, _ANYTHING, _ANYTHING, st.lists(st.tuples(_ANYTHING, st.none() | st.binary(max_size=40)), max_size=12))
def test_nothing_that_is_said_makes_it_fail(
    prompt: str, name: str, kind: str, references: list[tuple[str, bytes | None]]
) -> None:
    tiles = tuple(ReferenceTile(name, kind, source, picture) for source, picture in references)
    spec = _spec("320x240", task_id=name, task_type=kind, mode=kind, prompt=prompt, tiles=tiles, audio=False)
    file = render(spec)
    assert len(file) >= 10_000
    assert len(_frames(file, [0])) == 1


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        " \n\t\x00",
        "x" * 4000,
        "word " * 800,
        "\n" * 4000,
        "雨に濡れた" * 800,
        "مرحبا 👩‍👩‍👧‍👦 " * 200,
        "\ud800\x00\u202e@Image",
    ],
    ids=["empty", "blank", "unbroken", "long", "feeds", "wide", "right to left", "surrogate"],
)
def test_prompts_of_any_kind_are_drawn(prompt: str) -> None:
    spec = _spec("992x432", prompt=prompt, tiles=_tiles(12), audio=False)
    _check_file(render(spec), spec)


def test_sources_of_any_length_are_drawn() -> None:
    tile = ReferenceTile("Image 1", "Image", "data:image/png;base64," + "QUJD" * 500_000)
    _check_file(render(_spec(tiles=(tile,))), _spec(tiles=(tile,)))


def test_cleaning_keeps_what_can_be_read() -> None:
    assert clean("Café déjà\u00a0vu × 2 — naïve\tÆon ﬁn\u200d\x00") == "Cafe deja vu x 2 - naive AEon fin"
    assert clean("a\nb\u2028c\r") == "a\nb\nc "
    assert len(set(clean("Ж中😀"))) == 2
    assert clean("e\u0301\ud800") == "e"


@given(st.text(st.characters(max_codepoint=0x3FF), max_size=300), st.integers(60, 400), st.integers(20, 200))
@settings(max_examples=40, deadline=None)
def test_fitted_lines_are_inside_their_box(text: str, width: int, height: int) -> None:
    font, rows = fit(clean(text) or "x", (40, 24, 12), width, height)
    assert len(rows) <= max(height // font.line_height, 1)
    assert all(font.width(row) <= width for row in rows)


def test_fitting_loses_nothing_but_what_has_no_room() -> None:
    tokens = [f"word{n}" for n in range(60)]
    _, rows = fit(" ".join(tokens), (40, 12), 300, 400)
    assert " ".join(rows).split() == tokens
    _, cut = fit(" ".join(tokens), (40,), 300, 120)
    assert cut[-1].endswith("…")
    assert " ".join(tokens).startswith(" ".join(cut)[:-1])


@given(st.text(max_size=600), st.integers(30, 300))
@settings(max_examples=40, deadline=None)
def test_shortening_keeps_both_ends(text: str, width: int) -> None:
    font = face(12)
    whole = " ".join(clean(text).split())
    short = shorten_middle(text, font, width)
    assert font.width(short) <= width
    if len(text) <= 400 and font.width(whole) <= width:
        assert short == whole
    elif len(text) <= 400:
        head, _, tail = short.rpartition("…") if "…" not in whole else (short[0], "", short[-1])
        assert whole.startswith(head)
        assert whole.endswith(tail)


# ---- the bits


@given(st.lists(st.integers(0, 100_000), max_size=20))
def test_numbers_survive_their_bits(numbers: list[int]) -> None:
    bits = BitWriter()
    for number in numbers:
        bits.ue(number)
        bits.u(number & 7, 3)
    reader = BitReader(bits.payload())
    assert [(reader.ue(), reader.u(3)) for _ in numbers] == [(number, number & 7) for number in numbers]


def test_signed_numbers_follow_the_table() -> None:
    bits = BitWriter()
    for code in range(7):
        bits.ue(code)
    reader = BitReader(bits.payload())
    assert [reader.se() for _ in range(7)] == [0, 1, -1, 2, -2, 3, -3]


def test_a_payload_that_ends_early_is_refused() -> None:
    with pytest.raises(ValueError, match="ended inside"):
        BitReader(b"\0").ue()


@given(st.lists(st.integers(0, 3), min_size=384, max_size=384))
@settings(max_examples=25)
def test_no_start_code_hides_in_the_samples(samples: list[int]) -> None:
    unit = h264.changed_picture(h264.Parameters(4, 100, 0), 3, [(7, bytes(samples))])
    assert unit.startswith(b"\0\0\0\1")
    assert all(unit.find(bytes([0, 0, code]), 4) == -1 for code in (0, 1, 2))


def test_parameter_sets_that_need_more_are_refused() -> None:
    with av.open(BytesIO(), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "medium"})
        stream.width = stream.height = 64
        stream.codec_context.open()
        with pytest.raises(ValueError, match="Baseline"):
            h264.read_parameters(stream.codec_context.extradata or b"")


# ---- the cache


def test_one_render_serves_all_who_ask_at_once() -> None:
    requests: list[StubSpec] = []

    def renderer(spec: StubSpec) -> bytes:
        requests.append(spec)
        return b"video"

    async def scenario() -> None:
        cache = RenderCache(100, renderer=renderer)
        assert await asyncio.gather(*(cache.get("a", PLAIN) for _ in range(20))) == [b"video"] * 20
        assert await cache.get("a", PLAIN) == b"video"
        await cache.get("b", PLAIN)

    asyncio.run(scenario())
    assert len(requests) == 2


def test_rendering_leaves_the_event_loop_free() -> None:
    released = threading.Event()

    async def scenario() -> bytes:
        loop, began = asyncio.get_running_loop(), asyncio.Event()

        def renderer(_: StubSpec) -> bytes:
            loop.call_soon_threadsafe(began.set)
            # Only the event loop sets this, so a render that held the loop would wait in vain.
            return b"free" if released.wait(20) else b"held"

        task = asyncio.create_task(RenderCache(100, renderer=renderer).get("a", PLAIN))
        await began.wait()
        released.set()
        return await task

    assert asyncio.run(scenario()) == b"free"


def test_the_cache_stays_within_its_bytes_and_forgets_the_oldest() -> None:
    requests: list[str] = []

    def renderer(spec: StubSpec) -> bytes:
        requests.append(spec.prompt)
        return bytes(int(spec.prompt))

    async def scenario() -> None:
        cache = RenderCache(100, renderer=renderer)
        for size in ("40", "50", "40", "30", "40", "50", "101", "101", "30"):
            assert len(await cache.get(size, _spec(prompt=size))) == int(size)
            assert cache.kept_bytes <= 100

    asyncio.run(scenario())
    # 30 put out 50, as 40 had been used since; 50 then put out 30. 101 has no room at all.
    assert requests == ["40", "50", "30", "50", "101", "101", "30"]


def test_a_caller_that_gives_up_does_not_stop_the_others() -> None:
    released = threading.Event()

    def renderer(_: StubSpec) -> bytes:
        released.wait(20)
        return b"video"

    async def scenario() -> None:
        cache = RenderCache(100, renderer=renderer)
        first, second = (asyncio.create_task(cache.get("a", PLAIN)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        released.set()
        assert await second == b"video"
        assert first.cancelled()

    asyncio.run(scenario())


def test_a_failed_render_is_told_to_all_and_tried_again() -> None:
    failures = [OSError("no memory")]

    def renderer(_: StubSpec) -> bytes:
        if failures:
            raise failures.pop()
        return b"video"

    async def scenario() -> None:
        cache = RenderCache(100, renderer=renderer)
        results = await asyncio.gather(*(cache.get("a", PLAIN) for _ in range(3)), return_exceptions=True)
        assert [str(result) for result in results] == ["no memory"] * 3
        assert await cache.get("a", PLAIN) == b"video"

    asyncio.run(scenario())


def test_the_cache_renders_real_videos_at_once() -> None:
    specs = [_spec(task_id=f"task-{n}", seconds=1) for n in range(4)]

    async def scenario() -> list[bytes]:
        cache = RenderCache(10_000_000)
        return await asyncio.gather(*(cache.get(spec.task_id, spec) for spec in specs))

    assert asyncio.run(scenario()) == [render(spec) for spec in specs]
