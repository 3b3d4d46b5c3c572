"""The sound of a stub: a soft tick at each second, in AAC."""

from array import array
from cmath import exp, pi, rect
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate, repeat
from operator import mul

import av

RATE = 48_000
FRAME = 1024  # samples in an AAC frame
LAYOUT = "mono"
_TICK_SAMPLES = RATE // 16
_TICK_FRAMES = _TICK_SAMPLES // FRAME + 1
_LOUDNESS, _PITCH, _FADE = 0.08, 880.0, 0.012  # of full scale, Hz, seconds to fall to a third
# Without these tools a frame is simply its spectrum, which for a fading tone is small already, and takes half the time.
_OPTIONS = {"aac_coder": "fast", "aac_pns": "0", "aac_tns": "0", "aac_ms": "0", "aac_is": "0"}


def packets(seconds: int) -> Iterator[bytes]:
    """The AAC frames of a track: one that primes the decoder, and then as many as cover that many seconds.

    A second is 46.875 frames, so a tick begins at the frame nearest to its second, at most 11 ms off.
    The packet before that boundary already holds half of what the tick's first frame decodes from; a tick is therefore
    copied whole, from that packet until the sound has died, and the packets between ticks are silence.
    """
    tick, silence = _tick()
    starts = {round(second * RATE / FRAME) for second in range(seconds)}
    since = len(tick)
    for frame in range(-(-seconds * RATE // FRAME) + 1):
        since = 0 if frame in starts else since + 1
        yield tick[since] if since < len(tick) else silence


@lru_cache(maxsize=1)
def _tick() -> tuple[list[bytes], bytes]:
    """The packets of a tick, and the packet of silence that may follow it any number of times."""
    encoder = av.CodecContext.create("aac", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = RATE, LAYOUT, "fltp"
    encoder.time_base, encoder.options = Fraction(1, RATE), _OPTIONS
    samples = _samples()
    coded = []
    for start in range(0, len(samples), FRAME):
        frame = av.AudioFrame("fltp", LAYOUT, FRAME)
        frame.sample_rate, frame.pts = RATE, start
        frame.planes[0].update(samples[start : start + FRAME].tobytes())
        coded += encoder.encode(frame)
    coded += encoder.encode(None)
    *tick, silence = map(bytes, coded)
    return tick, silence


def _samples() -> "array[float]":
    """A tone that fades, then silence. Multiplying by one complex number both turns the tone and fades it."""
    step = rect(exp(-1 / (RATE * _FADE)).real, 2 * pi * _PITCH / RATE)
    tone = accumulate(repeat(step, _TICK_SAMPLES), mul, initial=complex(_LOUDNESS))
    samples = array("f", [value.imag for value in tone])
    samples.extend(repeat(0.0, (_TICK_FRAMES + 2) * FRAME - len(samples)))
    return samples
