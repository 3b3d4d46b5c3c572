"""What a video or a sound is, read with PyAV. Imported at the first one."""

import io
import math
from typing import Any, NoReturn

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from msgspec import Struct
from PIL import Image

from fakeseed.media.ingest.boxes import cut_short, overblown
from fakeseed.media.ingest.chunks import bare_mp3, bare_wav
from fakeseed.media.ingest.pictures import THUMBNAIL_SIDE, jpeg_thumbnail
from fakeseed.model.media import IngestFailure, MediaFacts, failure

# The demuxer is forced, so that content which is a playlist or a script can never reach a demuxer that opens other
# files. By format as it was sniffed; "mov" is FFmpeg's for MP4 too.
_DEMUXERS = {"mp4": "mov", "mov": "mov", "mp3": "mp3", "wav": "wav"}

# A bound on what a decoder may allocate, whatever size the frames turn out to have. FFmpeg may decode while it opens a
# file, to find out the size; with 8K within that bound such a video fails for its resolution, with no frame of ours.
_OPTIONS = {"max_pixels": str(8192 * 8192), "max_streams": "16"}
_MAX_PIXELS = 16_000_000

# PyAV up to 18 decodes metadata strictly, so that a title in Latin-1 would fail the file; 19 has no such option.
_LENIENT: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.partition(".")[0]) < 19 else {}

# What a broken file raises: FFmpeg's errors, and Python's where PyAV computes with what the file claims.
_BROKEN = (av.FFmpegError, ValueError, ArithmeticError, MemoryError)

# Work is bounded however long the file is or claims to be: packets are read until twice the longest duration that is
# taken, and decoded until the first frame, or until so many brought none.
_WALK_SECONDS = 30.0
_WALK_PACKETS = 20_000
_DECODED_PACKETS = 100

# How far a header's duration and that of the packets may differ: an encoder's padding, one long last frame.
_AGREED_SECONDS = 0.5


def read_video(body: bytes, format_: str) -> MediaFacts | IngestFailure:
    """The facts of an MP4 or MOV file."""
    if cut_short(body) or overblown(body):
        return failure("TranscodingFailed", found=format_)
    try:
        with _opened(body, format_) as container:
            return _video_facts(container, body, format_)
    except _BROKEN:
        return failure("TranscodingFailed", found=format_)


def read_audio(body: bytes, format_: str) -> MediaFacts | IngestFailure:
    """The facts of an MP3 or WAV file."""
    bare = bare_wav(body) if format_ == "wav" else bare_mp3(body)
    if not bare:
        return failure("TranscodingFailed", found=format_)
    try:
        with _opened(bare, format_) as container:
            return _audio_facts(container, body, format_)
    except _BROKEN:
        return failure("TranscodingFailed", found=format_)


def _opened(body: bytes, format_: str) -> InputContainer:
    demuxer = _DEMUXERS[format_]
    container = av.open(io.BytesIO(body), "r", format=demuxer, options=_OPTIONS, io_open=_no_other_file, **_LENIENT)
    assert isinstance(container, InputContainer)
    return container


def _no_other_file(url: str, flags: int, options: dict[str, str]) -> NoReturn:
    raise PermissionError("the file names another file")


def _decodable(stream: VideoStream | AudioStream) -> bool:
    """Whether FFmpeg has a decoder for it. Without one the context is None, though its type does not say so."""
    return getattr(stream, "codec_context", None) is not None


def _video_facts(container: InputContainer, body: bytes, format_: str) -> MediaFacts | IngestFailure:
    covers = Disposition.attached_pic
    streams = [stream for stream in container.streams.video if not stream.disposition & covers and _decodable(stream)]
    if not streams:
        return failure("FormatUnsupported", found=f"{format_} without a video track of a known coding")
    stream = streams[0]
    too_large = stream.width * stream.height > _MAX_PIXELS
    walked = _walk(container, stream, attempts=0 if too_large else _DECODED_PACKETS)
    if not (too_large or isinstance(walked.frame, VideoFrame)):
        return failure("TranscodingFailed", found=format_)
    rate = stream.average_rate or stream.guessed_rate
    return MediaFacts(
        "Video",
        format_,
        len(body),
        codec=stream.codec_context.codec.canonical_name,
        width=stream.width,
        height=stream.height,
        seconds=_seconds(stream, walked),
        fps=float(rate) if rate else None,
        thumbnail=_frame_thumbnail(walked.frame) if isinstance(walked.frame, VideoFrame) else None,
    )


def _audio_facts(container: InputContainer, body: bytes, format_: str) -> MediaFacts | IngestFailure:
    streams = [stream for stream in container.streams.audio if _decodable(stream)]
    if not streams:
        return failure("FormatUnsupported", found=f"{format_} of an unknown coding")
    stream = streams[0]
    walked = _walk(container, stream, attempts=_DECODED_PACKETS)
    if walked.frame is None:
        return failure("TranscodingFailed", found=format_)
    seconds = _seconds(stream, walked)
    return MediaFacts("Audio", format_, len(body), codec=stream.codec_context.codec.canonical_name, seconds=seconds)


class _Walk(Struct, frozen=True):
    """What the packets showed: the first frame, the time that they span, and whether they were seen to the last."""

    frame: VideoFrame | AudioFrame | None
    seconds: float
    finished: bool


def _walk(container: InputContainer, stream: VideoStream | AudioStream, *, attempts: int) -> _Walk:
    """Read the packets of a stream, and decode the first `attempts` until there is a frame."""
    context = stream.codec_context
    context.thread_count = 1  # one frame is no work for several, and each of them would hold frames back
    context.options = {"max_pixels": str(_MAX_PIXELS)}
    tick = float(stream.time_base) if stream.time_base else 0.0
    frame: VideoFrame | AudioFrame | None = None
    first, last, finished = math.inf, 0.0, True
    for count, packet in enumerate(container.demux(stream), start=1):
        if frame is None and count <= attempts:
            frame = _first_frame(packet)
        if packet.pts is not None:
            first = min(first, packet.pts * tick)
            last = max(last, (packet.pts + (packet.duration or 0)) * tick)
        if last - first > _WALK_SECONDS or count >= _WALK_PACKETS:
            finished = False
            break
    return _Walk(frame, max(0.0, last - first), finished)


def _first_frame(packet: "Packet[Stream]") -> VideoFrame | AudioFrame | None:
    try:
        decoded = packet.decode()
    except av.FFmpegError:  # a stream that was cut out of a longer one may start with packets that nothing explains
        return None
    return next((frame for frame in decoded if isinstance(frame, VideoFrame | AudioFrame)), None)


def _seconds(stream: VideoStream | AudioStream, walked: _Walk) -> float:
    """What the header states, unless the packets contradict it. Headers leave out what encoders pad sound with."""
    if stream.duration is None or not stream.time_base:
        return walked.seconds
    stated = stream.duration * float(stream.time_base)
    agreed = abs(stated - walked.seconds) <= _AGREED_SECONDS if walked.finished else stated >= walked.seconds
    return stated if agreed else walked.seconds


def _frame_thumbnail(frame: VideoFrame) -> bytes:
    scale = min(1.0, THUMBNAIL_SIDE / max(frame.width, frame.height))
    width, height = (max(1, round(side * scale)) for side in (frame.width, frame.height))
    plane = frame.reformat(width, height, "rgb24").planes[0]
    return jpeg_thumbnail(Image.frombytes("RGB", (width, height), bytes(plane), "raw", "RGB", plane.line_size, 1))
