"""Packets into a file: MP4 with its index in front, so that a player can start while the rest still arrives."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from heapq import merge
from io import BytesIO
from operator import itemgetter
from typing import NamedTuple

import av
from av.container import OutputContainer
from av.stream import Stream

SMALLEST = 10_000
# What one packet can cost in the index: its size (4 bytes), and a chunk of its own with its place (4) and length (12).
_INDEX_PER_PACKET, _INDEX_REST = 20, 4096


class Coded(NamedTuple):
    """One coded picture or stretch of sound: the bytes, and when they are due in ticks of the track."""

    data: bytes
    start: int
    duration: int
    is_key: bool


class Track(NamedTuple):
    stream: Stream
    rate: int
    """Ticks in a second."""
    packets: Iterable[Coded]


def create(file: BytesIO, packets: int) -> OutputContainer:
    """Begin a file that will hold that many packets, leaving room for their index before them."""
    room = _INDEX_REST + _INDEX_PER_PACKET * packets
    # bitexact leaves out when the file was made, and with what.
    options = {"moov_size": str(room), "fflags": "+bitexact"}
    return av.open(file, "w", format="mp4", container_options=options)


def write(container: OutputContainer, tracks: Iterable[Track]) -> None:
    """Write the packets of all tracks in the order in which a player needs them."""
    for _, packet in merge(*map(_packets, tracks), key=itemgetter(0)):
        container.mux_one(packet)


def padded(file: bytes) -> bytes:
    """The file itself, or when it is smaller than `SMALLEST` the file with a `free` box that makes it so large."""
    lacking = SMALLEST - len(file)
    if lacking <= 0:
        return file
    size = max(lacking, 8)
    return file + size.to_bytes(4, "big") + b"free" + bytes(size - 8)


def _packets(track: Track) -> "Iterator[tuple[float, av.Packet[Stream]]]":
    tick = Fraction(1, track.rate)
    for coded in track.packets:
        packet = av.Packet(coded.data)
        packet.stream, packet.time_base = track.stream, tick
        packet.pts = packet.dts = coded.start
        packet.duration, packet.is_keyframe = coded.duration, coded.is_key
        yield coded.start / track.rate, packet
