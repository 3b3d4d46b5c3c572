"""A scene and its sound, coded and put into a file."""

from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO

from av.container import OutputContainer
from av.video.frame import PictureType
from av.video.stream import VideoStream

from fakeseed.media.render import h264, mp4, sound
from fakeseed.media.render.mp4 import Coded, Track
from fakeseed.media.render.scene import play
from fakeseed.media.render.spec import FPS, StubSpec

# Where a player may start. More often costs some milliseconds for each; less often makes jumping about slow.
KEY_FRAME_SECONDS = 15
_BT709, _NARROW = 1, 1  # the colours of `canvas`, by their numbers in ITU-T H.273
_X264 = {
    "preset": "superfast",
    "tune": "zerolatency",  # each frame comes out as it goes in
    "qp": "28",
    "forced-idr": "1",
    # One thread, so that the bytes do not depend on the machine. The rest is what `h264` relies on: no CABAC and
    # no 8x8 transform, hence the Baseline profile, and frame numbers and a reference picture for frames of which the
    # encoder will know nothing.
    "x264-params": "threads=1:cabac=0:8x8dct=0:ref=1:bframes=0:weightp=0:scenecut=0:no-deblock=1"
    f":keyint={KEY_FRAME_SECONDS * FPS}",
}


def make(spec: StubSpec) -> bytes:
    """See `stub.render`."""
    file = BytesIO()
    with mp4.create(file, _packet_count(spec)) as container:
        video = add_video(container, spec)
        tracks = [Track(video, FPS, _pictures(video, spec))]
        if spec.audio:
            tracks.append(_sound_track(container, spec.seconds))
        mp4.write(container, tracks)
    return mp4.padded(file.getvalue())


def _packet_count(spec: StubSpec) -> int:
    """At least as many packets as the file will have."""
    return spec.seconds * (FPS + spec.audio * (sound.RATE // sound.FRAME + 1)) + 2


def add_video(container: OutputContainer, spec: StubSpec) -> VideoStream:
    """Add a video track, its encoder opened."""
    stream = container.add_stream("libx264", rate=FPS, options=dict(_X264))
    context = stream.codec_context
    context.width, context.height, context.pix_fmt = spec.width, spec.height, "yuv420p"
    context.time_base, context.thread_count = Fraction(1, FPS), 1
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.color_range = _NARROW
    context.open()
    return stream


def _pictures(stream: VideoStream, spec: StubSpec) -> Iterator[Coded]:
    """A key frame from x264 every few seconds, and between them frames that hold only what changed."""
    interval = KEY_FRAME_SECONDS * FPS
    parameters = h264.read_parameters(stream.codec_context.extradata or b"")
    for number, (picture, changed) in enumerate(play(spec)):
        since_key = number % interval
        if since_key:
            changes = ((address, picture.block(address)) for address in sorted(changed))
            data = h264.changed_picture(parameters, since_key, changes)
        else:
            # The encoder copies the samples before it returns, so the next change to the picture does no harm.
            picture.frame.pts, picture.frame.pict_type = number, PictureType.I
            data = b"".join(map(bytes, stream.encode(picture.frame)))
        yield Coded(data, number, 1, not since_key)


def _sound_track(container: OutputContainer, seconds: int) -> Track:
    stream = container.add_stream("aac", rate=sound.RATE, layout=sound.LAYOUT)
    return Track(stream, sound.RATE, _sounds(seconds))


def _sounds(seconds: int) -> Iterator[Coded]:
    """The AAC packets. The first comes out before time nought; the last is cut to end with the pictures."""
    end = seconds * sound.RATE
    for number, data in enumerate(sound.packets(seconds)):
        start = (number - 1) * sound.FRAME
        yield Coded(data, start, min(sound.FRAME, end - start), True)
