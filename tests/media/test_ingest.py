"""ingest: addresses, downloads from a hostile server, and what the files turn out to be. Loopback only."""

import asyncio
import gzip
import io
import socket
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from fractions import Fraction
from functools import cache
from typing import Any

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fakeseed import __version__
from fakeseed.media.ingest import AddressPolicy, Ingestor
from fakeseed.media.ingest import ingest as ingest_module
from fakeseed.media.ingest import network as network_module
from fakeseed.media.ingest.boxes import MAX_BOXES, MAX_SAMPLES, cut_short, overblown, picture_sides
from fakeseed.media.ingest.chunks import bare_mp3
from fakeseed.media.ingest.fetch import fetch, shown
from fakeseed.media.ingest.outcome import Fetched, Refused
from fakeseed.media.ingest.pictures import too_many_scans
from fakeseed.media.ingest.probe import probe
from fakeseed.media.ingest.sniff import sniff
from fakeseed.model.media import IngestFailure, MediaFacts, MediaKind, failure, judge

OPEN = AddressPolicy(allow_private=True)
CLOSED = AddressPolicy(allow_private=False)
REFUSED = "the address may not be contacted"


# ---- media made on the spot ------------------------------------------------------------------------------------------


@cache
def picture(format_: str = "PNG", size: tuple[int, int] = (400, 320), mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, format_)
    return out.getvalue()


@cache
def video(
    format_: str = "mp4", frames: int = 48, size: tuple[int, int] = (864, 496), fragmented: bool = False
) -> bytes:
    out = io.BytesIO()
    options = {"movflags": "frag_keyframe+empty_moov"} if fragmented else {}
    with av.open(out, "w", format=format_, options=options) as container:
        stream = container.add_stream("mpeg4", rate=24)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        frame = av.VideoFrame(*size, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([128]) * plane.buffer_size)
        for at in range(frames):
            frame.pts, frame.time_base = at, Fraction(1, 24)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()


@cache
def sound(format_: str = "mp3", seconds: float = 3, codec: str | None = None) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=format_) as container:
        stream = container.add_stream(codec or {"mp3": "libmp3lame", "wav": "pcm_s16le"}[format_], rate=8000)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "mono"
        frame = av.AudioFrame(stream.format.name, "mono", 400)
        frame.sample_rate = 8000
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        for at in range(round(seconds * 8000 / 400)):
            frame.pts = at * 400
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()


def png_bomb(side: int) -> bytes:
    """A PNG of a few hundred bytes that claims to be `side` pixels wide and high."""

    def part(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    pixels = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", pixels) + part(b"IEND", b"")


def gif_bomb() -> bytes:
    """A GIF whose picture claims 65535 pixels a side, far beyond the screen that it stands on."""
    return (
        b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0, 0, 0) + b"," + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\2\0"
    )


def broken_apng() -> bytes:
    """A good PNG whose animation header is wrong, at which Pillow warns."""
    body = picture()
    content = b"acTL" + bytes(8)
    return body[:33] + struct.pack(">I", 8) + content + struct.pack(">I", zlib.crc32(content)) + body[33:]


def box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def heic(*sides: tuple[int, int]) -> bytes:
    extents = [box(b"ispe", struct.pack(">III", 0, *pair)) for pair in sides]
    properties = box(b"meta", bytes(4), box(b"iprp", box(b"ipco", *extents)))
    return box(b"ftyp", b"mif1", bytes(4), b"mif1heic") + properties + box(b"mdat", bytes(100))


def patched(body: bytes, kind: bytes, offset: int, *numbers: int) -> bytes:
    """A file with 32-bit numbers of one of its boxes replaced; `offset` in bytes behind the box's kind."""
    at = body.index(kind) + 4 + offset
    packed = struct.pack(f">{len(numbers)}I", *numbers)
    return body[:at] + packed + body[at + len(packed) :]


def ten_hours() -> bytes:
    """A video of 48 frames that last 750 s each, without the edit list that would shorten it."""
    body = patched(video().replace(b"edts", b"free"), b"stts", 4, 1, 48, 12288 * 750)
    return patched(body, b"mdhd", 16, 12288 * 36_000)


# ---- a hostile server ------------------------------------------------------------------------------------------------

Route = Callable[[asyncio.StreamWriter], Awaitable[None]]


def answer(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    head_lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*head_lines, "", ""]).encode() + body


def redirect(location: str) -> bytes:
    return answer(b"", f"Location: {location}", status="302 Found")


async def endless(writer: asyncio.StreamWriter) -> None:
    """4 GB without a stated length."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(2**16):
        writer.write(bytes(2**16))
        await writer.drain()


async def endless_chunks(writer: asyncio.StreamWriter) -> None:
    """4 GB in pieces of a byte."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(2**22):
        writer.write(b"1\r\nx\r\n" * 2**10)
        await writer.drain()


async def drip(writer: asyncio.StreamWriter) -> None:
    writer.write(answer(b"", "Content-Type: image/png", length=90))
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.write(answer(b"half", length=100))
    at_once = struct.pack("ii", 1, 0)  # closing then sends a reset
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    writer.transport.abort()


class Hostile:
    """Answers each path with raw bytes, or lets a route write what it likes. Keeps the requests."""

    def __init__(self, routes: dict[str, bytes | Route]) -> None:
        self.routes = routes
        self.requests: list[bytes] = []
        self.asked = asyncio.Semaphore(0)  # one for each request
        self.url = ""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError):
                await self._answer(reader, writer)
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.read(1)
        if first != b"G":  # a TLS greeting
            return
        request = first + await reader.readuntil(b"\r\n\r\n")
        self.requests.append(request)
        self.asked.release()
        route = self.routes[request.split()[1].decode()]
        if isinstance(route, bytes):
            writer.write(route)
            await writer.drain()
        else:
            await route(writer)


@asynccontextmanager
async def hostile(**routes: bytes | Route) -> AsyncIterator[Hostile]:
    handler = Hostile({f"/{name}": route for name, route in routes.items()})
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    handler.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield handler
    finally:
        server.close()


def taken(
    routes: dict[str, bytes | Route], path: str, kind: MediaKind | None = "Image", seconds: float = 10.0
) -> MediaFacts | IngestFailure:
    async def run() -> MediaFacts | IngestFailure:
        async with hostile(**routes) as server:
            ingestor = Ingestor(OPEN, seconds=seconds)
            try:
                return await ingestor.take(f"{server.url}/{path}", kind)
            finally:
                await ingestor.aclose()

    return asyncio.run(run())


# ---- addresses -------------------------------------------------------------------------------------------------------

PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "::ffff:8.8.8.8"]
PUBLIC += ["64:ff9b::808:808", "2002:808:808::1"]
PRIVATE = ["127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "::1"]
PRIVATE += [
    "198.18.0.1",
    "fc00::1",
    "fd12:3456::1",
    "::ffff:127.0.0.1",
    "64:ff9b::10.0.0.1",
    "2002:a00:1::",
    "::10.0.0.1",
]
NEVER = ["169.254.169.254", "169.254.0.1", "100.100.100.200", "192.0.0.192", "168.63.129.16", "0.0.0.0", "0.1.2.3"]
NEVER += ["224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.0.2.1", "203.0.113.1", "::"]
NEVER += ["fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "fd00:ec2::254", "fd20:ce::254", "2001:db8::1", "2001::1"]
NEVER += ["::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::", "::ffff:0:a9fe:a9fe", "64:ff9b:1::1"]
NEVER += ["::169.254.169.254", "::ffff:0.0.0.0", "4000::1"]


@pytest.mark.parametrize(
    ("address", "open_", "closed"),
    [(address, True, True) for address in PUBLIC]
    + [(address, True, False) for address in PRIVATE]
    + [(address, False, False) for address in NEVER],
)
def test_addresses_are_allowed_by_their_reach(address: str, open_: bool, closed: bool) -> None:
    assert (OPEN.allows(address), CLOSED.allows(address)) == (open_, closed)


@given(st.ip_addresses())
def test_every_address_has_a_verdict(address: Any) -> None:
    assert OPEN.allows(address) or not CLOSED.allows(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", "10.1.1.1"]
)
def test_private_hosts_are_refused_in_any_spelling(host: str) -> None:
    fetched = asyncio.run(fetch(f"http://{host}:9/a.png", policy=CLOSED, max_bytes=10, seconds=5))
    assert fetched == failure("DownloadFailed", url=f"http://{host}:9/a.png", cause=REFUSED)


@pytest.mark.parametrize("host", ["169.254.169.254", "2852039166", "[::ffff:169.254.169.254]", "0.0.0.0"])
def test_metadata_is_refused_even_when_private_addresses_are_not(host: str) -> None:
    fetched = asyncio.run(fetch(f"http://{host}/latest", policy=OPEN, max_bytes=10, seconds=5))
    assert fetched == failure("DownloadFailed", url=f"http://{host}/latest", cause=REFUSED)


def named(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let names resolve to the given addresses, one answer after the other. Returns the list of names asked for."""
    queries: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        queries.append(host)
        return answers[len(queries) - 1]

    monkeypatch.setattr(network_module, "resolve", resolve)
    return queries


def fetch_by_name(name: str) -> Fetched | IngestFailure:
    async def run() -> Fetched | IngestFailure:
        async with hostile(a=answer(b"ok")) as server:
            port = server.url.rpartition(":")[2]
            return await fetch(f"http://{name}:{port}/a", policy=OPEN, max_bytes=10, seconds=5)

    return asyncio.run(run())


def test_a_name_is_resolved_once_and_its_checked_address_is_contacted(monkeypatch: pytest.MonkeyPatch) -> None:
    queries = named(monkeypatch, ["127.0.0.1"], ["169.254.169.254"])
    assert isinstance(fetch_by_name("rebinding.test"), Fetched)
    assert queries == ["rebinding.test"]


@pytest.mark.parametrize("others", [["169.254.169.254"], ["127.0.0.2"], ["fe80::1", "127.0.0.2"]])
def test_only_approved_addresses_of_a_name_are_tried(monkeypatch: pytest.MonkeyPatch, others: list[str]) -> None:
    named(monkeypatch, [*others, "127.0.0.1"])
    assert isinstance(fetch_by_name("several.test"), Fetched)


def test_a_name_of_a_metadata_service_is_refused_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch, ["169.254.169.254"])
    fetched = fetch_by_name("metadata.google.internal")
    assert isinstance(fetched, IngestFailure)
    assert fetched.message.endswith(REFUSED)


def test_no_way_but_tcp_leads_out() -> None:
    backend = network_module.CheckedBackend(OPEN)
    with pytest.raises(Refused):
        asyncio.run(backend.connect_unix_socket("/run/docker.sock"))
    asyncio.run(backend.sleep(0))


# ---- downloads -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("route", "name", "cause"),
    [
        (endless, "FileSizeTooLarge", None),
        (endless_chunks, "FileSizeTooLarge", None),
        (answer(b"", length=101), "FileSizeTooLarge", None),
        (answer(bytes(101)), "FileSizeTooLarge", None),
        (drip, "DownloadTimeout", None),
        (reset, "DownloadFailed", "connection broken"),
        (answer(b"half", length=100), "DownloadFailed", "malformed response"),
        (b"", "DownloadFailed", "malformed response"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "DownloadFailed", "malformed response"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "DownloadFailed", "malformed response"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, "DownloadFailed", "malformed response"),
        (answer(b"", status="404 Not Found"), "DownloadFailed", "status code: 404"),
        (answer(b"", status="403 Forbidden"), "DownloadFailed", "status code: 403"),
        (answer(b"", status="500 Oh"), "DownloadFailed", "status code: 500"),
        (answer(b"", status="206 Partial Content"), "DownloadFailed", "status code: 206"),
        (answer(b"", status="302 Found"), "DownloadFailed", "status code: 302"),
        (redirect("/a"), "DownloadFailed", "too many redirects"),
        (redirect("http://169.254.169.254/latest/meta-data"), "DownloadFailed", REFUSED),
        (redirect("file:///etc/passwd"), "DownloadFailed", "redirected to something that is no http(s) URL"),
        (redirect("//h:port"), "DownloadFailed", "redirected to something that is no http(s) URL"),
        (redirect("https://127.0.0.1:1/"), "DownloadFailed", "cannot connect"),
        (
            answer(gzip.compress(bytes(10_000)), "Content-Encoding: gzip"),
            "DownloadFailed",
            "the body is encoded, though identity was asked for",
        ),
    ],
)
def test_downloads_that_end_as_failures(route: bytes | Route, name: str, cause: str | None) -> None:
    async def run() -> None:
        async with hostile(a=route) as server:
            fetched = await fetch(f"{server.url}/a", policy=OPEN, max_bytes=100, seconds=0.3 if route is drip else 10)
            assert fetched == failure(name, url=f"{server.url}/a", cause=cause, limit=100)

    asyncio.run(run())


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png;base64,AAAA",
        "file:///etc/passwd",
        "ftp://h/a.png",
        "http://",
        "https:///a",
        "a.png",
        "",
        "http://h:port",
    ],
)
def test_what_is_no_web_url_is_refused_as_such(url: str) -> None:
    fetched = asyncio.run(fetch(url, policy=OPEN, max_bytes=10, seconds=5))
    assert fetched == failure("InvalidParameter.URL")


@pytest.mark.parametrize("host", ["x" * 64 + ".test", "a..test", "h\u0000.test"])
def test_hosts_that_cannot_exist_end_as_failures(host: str) -> None:
    fetched = asyncio.run(fetch(f"http://{host}/a", policy=CLOSED, max_bytes=10, seconds=5))
    assert isinstance(fetched, IngestFailure)
    assert fetched.code in ("DownloadFailed", "InvalidParameter.URL")


def test_tls_that_is_none_ends_as_a_failure() -> None:
    async def run() -> None:
        async with hostile(a=answer(b"")) as server:
            url = server.url.replace("http://", "https://")
            fetched = await fetch(url, policy=OPEN, max_bytes=10, seconds=5)
            assert fetched == failure("DownloadFailed", url=url, cause="cannot connect")

    asyncio.run(run())


def test_a_download_is_the_body_the_type_and_the_last_url() -> None:
    async def run() -> None:
        async with hostile(a=redirect("b?x=1#f"), **{"b?x=1": answer(b"hello", "Content-Type: image/png")}) as server:
            fetched = await fetch(f"{server.url}/a", policy=OPEN, max_bytes=5, seconds=5)
            assert fetched == Fetched(b"hello", "image/png", f"{server.url}/b?x=1#f")

    asyncio.run(run())


def test_requests_carry_no_cookies_no_credentials_and_use_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    async def run() -> list[bytes]:
        hop = answer(b"", "Location: /b", "Set-Cookie: a=b; Path=/", status="302 Found")
        async with hostile(a=hop, b=answer(b"ok")) as server:
            url = f"{server.url}/a".replace("//", "//user:word@", 1)
            assert isinstance(await fetch(url, policy=OPEN, max_bytes=5, seconds=5), Fetched)
            return server.requests

    requests = asyncio.run(run())
    assert len(requests) == 2
    for request in requests:
        names = {header.partition(b":")[0].lower() for header in request.splitlines()[1:] if header}
        assert names == {b"host", b"user-agent", b"accept", b"accept-encoding", b"connection"}
        assert f"User-Agent: fakeseed/{__version__}\r\n".encode() in request


def test_messages_show_no_credentials_and_end_somewhere() -> None:
    assert shown("http://user:pa%40ss@h/a?b=c@d") == "http://h/a?b=c@d"
    assert shown("http://h/\r\nx\x1b[0m") == "http://h/??x?[0m"
    assert shown("http://h/" + "a" * 1000) == "http://h/" + "a" * 191 + "..."
    fetched = asyncio.run(fetch("http://me:word@127.0.0.1:9/a", policy=CLOSED, max_bytes=1, seconds=5))
    assert fetched == failure("DownloadFailed", url="http://127.0.0.1:9/a", cause=REFUSED)


def test_cancelling_a_download_is_not_a_failure_of_it() -> None:
    async def run() -> None:
        async with hostile(a=drip) as server:
            task = asyncio.create_task(fetch(f"{server.url}/a", policy=OPEN, max_bytes=10**6, seconds=10))
            await server.asked.acquire()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())


# ---- what files are --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("format_", "found"),
    [("PNG", "png"), ("JPEG", "jpeg"), ("WEBP", "webp"), ("BMP", "bmp"), ("TIFF", "tiff"), ("GIF", "gif")],
)
def test_pictures_are_read_with_a_thumbnail(format_: str, found: str) -> None:
    body = picture(format_, (1200, 800))
    facts = probe(body, "Image", None)
    assert isinstance(facts, MediaFacts)
    assert (facts.kind, facts.format, facts.size_bytes) == ("Image", found, len(body))
    assert (facts.width, facts.height, facts.seconds, facts.fps) == (1200, 800, None, None)
    assert facts.thumbnail
    with Image.open(io.BytesIO(facts.thumbnail)) as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ("JPEG", (320, 213))


@pytest.mark.parametrize(
    ("format_", "mode"),
    [("PNG", mode) for mode in ("1", "L", "LA", "P", "RGBA", "I;16")]
    + [("JPEG", mode) for mode in ("L", "CMYK", "YCbCr")]
    + [("TIFF", mode) for mode in ("1", "LA", "RGBX", "CMYK", "LAB", "F", "I", "I;16", "I;16B")],
)
def test_pictures_of_any_mode_have_a_thumbnail(format_: str, mode: str) -> None:
    facts = probe(picture(format_, mode=mode), "Image", None)
    assert isinstance(facts, MediaFacts)
    assert facts.thumbnail


def test_heic_is_measured_by_its_largest_picture_without_decoding() -> None:
    facts = probe(heic((512, 512), (4032, 3024), (320, 240)), "Image", "image/heic")
    assert isinstance(facts, MediaFacts)
    assert (facts.format, facts.width, facts.height, facts.thumbnail) == ("heic", 4032, 3024, None)
    assert picture_sides(b"") is None


@pytest.mark.parametrize(("format_", "fragmented"), [("mp4", False), ("mov", False), ("mp4", True)])
def test_videos_are_read_with_a_thumbnail_of_the_first_frame(format_: str, fragmented: bool) -> None:
    facts = probe(video(format_, fragmented=fragmented), "Video", f"video/{format_}")
    assert isinstance(facts, MediaFacts)
    assert (facts.kind, facts.format, facts.codec) == ("Video", format_, "mpeg4")
    assert (facts.width, facts.height, facts.seconds, facts.fps) == (864, 496, 2.0, 24.0)
    assert facts.thumbnail
    with Image.open(io.BytesIO(facts.thumbnail)) as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ("JPEG", (320, 184))
    assert judge("Video", facts) is None


@pytest.mark.parametrize("format_", ["mp3", "wav"])
def test_sounds_are_read(format_: str) -> None:
    facts = probe(sound(format_), "Audio", "application/octet-stream")
    assert isinstance(facts, MediaFacts)
    assert (facts.kind, facts.format, facts.width, facts.thumbnail) == ("Audio", format_, None, None)
    assert facts.codec == {"mp3": "mp3", "wav": "pcm_s16le"}[format_]
    assert facts.seconds == pytest.approx(3.0, abs=0.2)  # older encoders count what MP3 is padded with
    assert judge("Audio", facts) is None


@pytest.mark.parametrize(
    ("format_", "seconds", "code"), [("mp3", 1, "Short"), ("wav", 1, "Short"), ("mp3", 31, "Long")]
)
def test_sounds_of_the_wrong_length_are_judged_so(format_: str, seconds: int, code: str) -> None:
    facts = probe(sound(format_, seconds), "Audio", None)
    assert isinstance(facts, MediaFacts)
    assert judge("Audio", facts) == failure(f"DurationToo{code}")


def test_a_header_is_believed_until_the_packets_contradict_it() -> None:
    long = ten_hours()
    claimed = probe(long, "Video", None)
    assert isinstance(claimed, MediaFacts)
    assert claimed.seconds == 36_000.0
    body = sound("mp3", 31)
    shortened = patched(body, b"Xing" if b"Xing" in body else b"Info", 4, 100)
    facts = probe(shortened, "Audio", None)
    assert isinstance(facts, MediaFacts)
    assert facts.seconds is not None
    assert facts.seconds > 30


@pytest.mark.parametrize(
    "body",
    [
        patched(video(), b"stsz", 4, 1, 10**8),
        patched(video(fragmented=True), b"trun", 4, 10**8),
        video()[:-100],
        video()[:1000] + bytes(len(video()) - 1000),
        box(b"ftyp", b"isom", bytes(4)) + box(b"moov", box(b"cmov", bytes(20))),
        box(b"ftyp", b"isom", bytes(4)),
        video().replace(b"mp4v", b"jpeg").replace(b"esds", b"free"),
        sound("wav")[:40],
        sound("wav").replace(b"fmt ", b"fmx "),
        sound("mp3")[:100],
        b"ID3\x04\0\0\0\0\0\0" + bytes(2000),
        picture()[:-30],
        picture("JPEG")[: len(picture("JPEG")) // 2],
        picture("GIF")[:20],
        picture("WEBP")[:40],
        b"II*\0\xff\xff\xff\xff",
        heic(),
        heic((400, 400))[:-1],
    ],
)
def test_files_that_are_cut_broken_or_swollen_are_not_decoded(body: bytes) -> None:
    sniffed = sniff(body)
    assert sniffed
    assert probe(body, None, None) == failure("TranscodingFailed", found=sniffed.format)


def test_metadata_in_any_encoding_harms_nobody() -> None:
    titled = video().replace(b"Lavf", b"\xe9t\xe9 ")
    assert titled != video()
    assert isinstance(probe(titled.replace(b"VideoHandler", b"Vid\xe9oHandler"), "Video", None), MediaFacts)


def test_sample_counts_and_ends_of_boxes_are_exact() -> None:
    assert not overblown(patched(video(), b"stsz", 8, MAX_SAMPLES))
    assert overblown(patched(video(), b"stsz", 8, MAX_SAMPLES + 1))
    assert not overblown(video() + box(b"free") * 100)
    assert overblown(video() + box(b"free") * MAX_BOXES)
    assert overblown(box(b"moov", b"trun" * (MAX_BOXES + 1)))
    assert not cut_short(video())
    assert cut_short(video()[:-1])
    assert not cut_short(video() + b"pad")
    assert not cut_short(video() + struct.pack(">I4s", 7, b"moov"))
    assert not cut_short(video() + struct.pack(">I4sQ", 1, b"free", 10**12))


def test_a_picture_or_video_beyond_all_limits_is_not_decoded_but_measured() -> None:
    bomb = probe(png_bomb(50_000), "Image", None)
    assert bomb == MediaFacts("Image", "png", len(png_bomb(50_000)), width=50_000, height=50_000)
    wide = probe(video(frames=1, size=(4096, 4096)), "Video", None)
    assert isinstance(wide, MediaFacts)
    assert (wide.width, wide.height, wide.thumbnail) == (4096, 4096, None)
    assert probe(gif_bomb(), "Image", None) == failure("ImageSides")


def test_scans_of_a_jpeg_are_counted_up_to_its_end() -> None:
    out = io.BytesIO()
    Image.new("L", (400, 320)).save(out, "JPEG", progressive=True, exif=b"Exif\0\0" + b"\xff\xda\0\2" * 200)
    body = out.getvalue()
    last = body[body.rindex(b"\xff\xda") : -2]
    assert not too_many_scans(body)
    assert not too_many_scans(body + b"\xff\xda\0\2" * 200)
    assert isinstance(probe(body + b"\xff\xda\0\2" * 200, "Image", None), MediaFacts)
    repeated = body[:-2] + last * 200 + body[-2:]
    assert too_many_scans(repeated)
    assert probe(repeated, "Image", None) == failure("TranscodingFailed", found="jpeg")


def test_pillow_warns_nobody() -> None:
    assert isinstance(probe(broken_apng(), "Image", None), MediaFacts)
    assert isinstance(probe(picture("PNG", (10_000, 9_500), "1"), "Image", None), MediaFacts)


def chunk(kind: bytes, content: bytes, size: int | None = None) -> bytes:
    return kind + struct.pack("<I", len(content) if size is None else size) + content


def wave(*chunks: bytes) -> bytes:
    return chunk(b"RIFF", b"WAVE" + b"".join(chunks))


PCM = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16))
INFO = chunk(b"LIST", b"INFO" + chunk(b"ISFT", b"xx", size=2**31 - 2))


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (wave(PCM, chunk(b"data", bytes(48_000))), 3.0),
        (wave(INFO, PCM, INFO, chunk(b"data", bytes(48_000)), INFO), 3.0),
        (wave(PCM, chunk(b"odd ", b"x") + b"\0", chunk(b"data", bytes(48_000))), 3.0),
        (wave(PCM, chunk(b"data", bytes(48_000), size=0)), 3.0),
        (wave(PCM, chunk(b"data", bytes(48_000), size=2**32 - 1)), 3.0),
        (wave(PCM, chunk(b"data", bytes(48_000), size=32_000)), 2.0),
        (wave(chunk(b"data", bytes(48_000)), PCM), None),
        (wave(PCM), None),
        (wave(PCM, chunk(b"data", b"")), None),
        (wave(*[chunk(b"odd ", b"")] * 1_000, PCM, chunk(b"data", bytes(48_000))), None),
        (wave(chunk(b"fmt ", bytes(5_000)), chunk(b"data", bytes(48_000))), None),
        (b"ID3\x04\0\0\0\0\x01\x05" + bytes(133) + sound("mp3"), 3.0),
        (b"ID3\x04\0\x10\0\0\0\x05" + bytes(15) + b"ID3\x03\0\0\0\0\0\0" + sound("mp3"), 3.0),
        (b"ID3\x04\0\0\0\0\0\0" * 17 + sound("mp3"), 3.0),
        (bare_mp3(sound("mp3")), 3.0),
        (b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + sound("mp3"), None),
    ],
)
def test_sounds_are_read_without_their_tags(body: bytes, seconds: float | None) -> None:
    facts = probe(body, "Audio", None)
    if seconds is None:
        assert isinstance(facts, IngestFailure)
        assert facts.code == "TranscodingFailed"
    else:
        assert isinstance(facts, MediaFacts)
        assert facts.size_bytes == len(body)
        assert facts.seconds == pytest.approx(seconds, abs=0.2)


NO_TRACK = "mp4 without a video track of a known coding"
NO_CODING = "wav of an unknown coding"
UNSUPPORTED_IMAGE = "InvalidParameter.UnsupportedImageFormat"


@pytest.mark.parametrize(
    ("body", "asked", "name", "found"),
    [
        (b"", "Image", "FormatUndetectable", None),
        (bytes(1000), "Video", "FormatUndetectable", None),
        (b"BMW is a car", "Image", "FormatUndetectable", None),
        (b"\xff\xfe\x90\0", "Audio", "FormatUndetectable", None),
        (b"\n <!DOCTYPE html><p>", "Image", "FormatUnsupported", "html"),
        (b"#EXTM3U\n#EXTINF:1\nfile:///etc/passwd", "Video", "FormatUnsupported", "an HLS playlist"),
        (b"ffconcat version 1.0\nfile /etc/passwd", "Video", "FormatUnsupported", "a concat script"),
        (b'{"error": 1}', "Audio", "FormatUnsupported", "json"),
        (b"%PDF-1.7", "Image", "FormatUnsupported", "pdf"),
        (b"\x1a\x45\xdf\xa3", "Video", "FormatUnsupported", "matroska or webm"),
        (box(b"moov", box(b"free")), "Video", "FormatUnsupported", "mov without a video track of a known coding"),
        (video().replace(b"mp4v", b"none").replace(b"esds", b"free"), "Video", "FormatUnsupported", NO_TRACK),
        (sound("wav").replace(b"\x10\0\0\0\1\0", b"\x10\0\0\0\x77\x77"), "Audio", "FormatUnsupported", NO_CODING),
        (b"fLaC", "Audio", "FormatUnsupported", "flac"),
        (b"<svg xmlns=''>", "Image", UNSUPPORTED_IMAGE, "svg"),
        (box(b"ftyp", b"avif", bytes(4), b"mif1"), "Image", UNSUPPORTED_IMAGE, "avif"),
        (box(b"ftyp", b"mif1", bytes(4), b"avif"), "Image", UNSUPPORTED_IMAGE, "avif"),
        (box(b"ftyp", b"M4A ", bytes(4)), "Audio", "FormatUnsupported", "m4a"),
        (sound("mp4", 3, "aac"), "Video", "FormatUnsupported", NO_TRACK),
    ],
)
def test_formats_that_are_not_taken_are_named(body: bytes, asked: MediaKind, name: str, found: str | None) -> None:
    assert probe(body, asked, None) == failure(name, found=found)


@pytest.mark.parametrize(
    ("kind", "content_type", "refused"),
    [
        ("Image", "image/jpeg", None),
        ("Image", "text/html; charset=utf-8", None),
        ("Image", "application/octet-stream", None),
        ("Image", "binary/octet-stream", None),
        ("Image", "", None),
        (None, None, None),
        ("Video", None, failure("TypeMismatch", asked="video", found="png")),
        ("Video", "video/mp4", failure("TypeMismatch", asked="video", found="png")),
        ("Image", "Video/MP4", failure("TypeMismatch", asked="video", found="png served as Video/MP4")),
        ("Image", "audio/mpeg", failure("TypeMismatch", asked="audio", found="png served as audio/mpeg")),
    ],
)
def test_kind_and_content_type_have_to_agree(
    kind: MediaKind | None, content_type: str | None, refused: IngestFailure | None
) -> None:
    facts = probe(picture(), kind, content_type)
    assert isinstance(facts, MediaFacts) if refused is None else facts == refused


FILES = [picture(), picture("JPEG"), picture("GIF"), picture("WEBP"), picture("TIFF"), picture("BMP"), heic((400, 400))]
FILES += [
    video(frames=4, size=(64, 64)),
    video(frames=4, size=(64, 64), fragmented=True),
    sound("mp3", 1),
    sound("wav", 1),
]


@settings(max_examples=300, deadline=None)
@given(
    body=st.sampled_from(FILES),
    start=st.floats(0, 1),
    damage=st.binary(max_size=12),
    kept=st.floats(0, 1) | st.just(1.0),
)
def test_damaged_files_never_raise(body: bytes, start: float, damage: bytes, kept: float) -> None:
    at = int(start * min(len(body), 1500))
    damaged = (body[:at] + damage + body[at + len(damage) :])[: int(kept * len(body))]
    facts = probe(damaged, None, None)
    assert isinstance(facts, IngestFailure) or judge(facts.kind, facts) != failure("TypeMismatch")


# ---- taking in -------------------------------------------------------------------------------------------------------

PNG_AS_VIDEO = failure("TypeMismatch", asked="video", found="png served as video/mp4")


@pytest.mark.parametrize(
    ("route", "asked", "expected"),
    [
        (answer(picture(), "Content-Type: image/png"), "Image", "png"),
        (answer(picture()), None, "png"),
        (answer(video(), "Content-Type: video/mp4"), "Video", "mp4"),
        (answer(sound("wav")), "Audio", "wav"),
        (answer(picture(size=(300, 400))), None, failure("ImageWidth")),
        (answer(sound("wav"), "Content-Type: audio/wav"), "Video", failure("TypeMismatch", asked="video", found="wav")),
        (endless, "Audio", failure("FileSizeTooLarge", limit=15 * 2**20)),
        (answer(b"", length=30 * 2**20), "Image", failure("FileSizeTooLarge", limit=30 * 2**20 - 1)),
        (answer(b"x" * 10, length=10) + bytes(10**6), "Image", failure("FormatUndetectable")),
        (answer(b"<html>", "Content-Type: text/html"), "Image", failure("FormatUnsupported", found="html")),
        (answer(picture(), "Content-Type: video/mp4"), "Image", PNG_AS_VIDEO),
        (answer(picture()[:-40]), "Image", failure("TranscodingFailed", found="png")),
        (answer(png_bomb(50_000)), "Image", failure("ImageWidth")),
        (answer(b"#EXTM3U\nhttp://127.0.0.1/"), "Video", failure("FormatUnsupported", found="an HLS playlist")),
        (answer(ten_hours()), "Video", failure("DurationTooLong")),
    ],
)
def test_a_url_is_taken_or_refused(
    route: bytes | Route, asked: MediaKind | None, expected: str | IngestFailure
) -> None:
    facts = taken({"file.mp4": route}, "file.mp4", asked)
    assert facts == expected if isinstance(expected, IngestFailure) else isinstance(facts, MediaFacts)
    assert isinstance(facts, IngestFailure) or facts.format == expected


def test_a_mistake_in_probing_ends_as_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_module, "probe", lambda *_: 1 / 0)
    assert taken({"a": answer(b"x")}, "a") == failure("InternalError")


def with_ingestor(steps: Callable[[Ingestor], Coroutine[None, None, None]], concurrency: int = 4) -> None:
    async def run() -> None:
        ingestor = Ingestor(OPEN, concurrency=concurrency)
        try:
            await steps(ingestor)
        finally:
            await ingestor.aclose()

    asyncio.run(run())


async def fetched_at_once(*_: object, **__: object) -> Fetched:
    return Fetched(b"", None, "")


def test_the_event_loop_runs_while_files_are_probed_two_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two probes meet, and wait for the loop to open a gate: were one run on the loop, or alone, none would end."""
    barrier, gate, lock = threading.Barrier(2, timeout=10), threading.Event(), threading.Lock()
    running: list[int] = [0, 0]  # now, at most

    async def work(ingestor: Ingestor) -> None:
        loop, met = asyncio.get_running_loop(), asyncio.Event()

        def probe_at_gate(*_: object) -> IngestFailure:
            with lock:
                running[0] += 1
                running[1] = max(running)
            barrier.wait()
            loop.call_soon_threadsafe(met.set)
            assert gate.wait(10)
            with lock:
                running[0] -= 1
            return failure("FormatUndetectable")

        monkeypatch.setattr(ingest_module, "probe", probe_at_gate)
        tasks = [asyncio.create_task(ingestor.take("http://h/", "Image")) for _ in range(4)]
        await met.wait()
        gate.set()
        assert await asyncio.gather(*tasks) == [failure("FormatUndetectable")] * 4

    monkeypatch.setattr(ingest_module, "fetch", fetched_at_once)
    with_ingestor(work)
    assert running == [0, 2]


def test_no_more_downloads_run_than_there_are_places(monkeypatch: pytest.MonkeyPatch) -> None:
    running: list[int] = [0, 0]  # now, at most

    async def fetch_in_turns(*_: object, **__: object) -> IngestFailure:
        running[0] += 1
        running[1] = max(running)
        for _turn in range(5):
            await asyncio.sleep(0)
        running[0] -= 1
        return failure("DownloadTimeout")

    monkeypatch.setattr(ingest_module, "fetch", fetch_in_turns)

    async def work(ingestor: Ingestor) -> None:
        await asyncio.gather(*(ingestor.take("http://h/", "Image") for _ in range(9)))

    with_ingestor(work, concurrency=3)
    assert running == [0, 3]


def test_others_are_served_while_hostile_downloads_run() -> None:
    """The good file, asked for last, is there before any of the slow downloads ends: nothing held the loop."""

    async def run() -> list[str]:
        ended: list[str] = []
        async with hostile(drip=drip, bytes=endless_chunks, good=answer(picture())) as server:
            ingestor = Ingestor(OPEN, seconds=1.0, concurrency=3)

            async def take(path: str) -> None:
                facts = await ingestor.take(f"{server.url}/{path}", "Image")
                ended.append(path if isinstance(facts, MediaFacts) else facts.behaviour)

            slow = [asyncio.create_task(take(path)) for path in ("drip", "bytes")]
            await server.asked.acquire()
            await server.asked.acquire()
            await take("good")
            await asyncio.gather(*slow)
            await ingestor.aclose()
        return ended

    assert asyncio.run(run()) == ["good", "asset.ingest.download-timeout", "asset.ingest.download-timeout"]


def test_importing_the_package_imports_nothing_heavy() -> None:
    heavy = "{'httpx', 'httpcore', 'anyio', 'av', 'PIL', 'ssl'}"
    code = f"import sys, fakeseed.media.ingest; print({heavy} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert out.stdout.strip() in ("set()", "{'ssl'}")  # asyncio brings ssl
