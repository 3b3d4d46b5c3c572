"""model.media: kinds, suffixes, limits and the table of failures."""

import ast
import math
import re
import string
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fakeseed.model import media
from fakeseed.model.media import FAILURES, KINDS, LIMITS, MB, MediaFacts, MediaKind, failure, judge, kind_of_suffix

PICTURE = MediaFacts("Image", "png", 1000, width=800, height=600)
VIDEO = MediaFacts("Video", "mp4", 1000, width=1280, height=720, seconds=5.0, fps=24.0)
SOUND = MediaFacts("Audio", "mp3", 1000, seconds=5.0)
SAMPLES: dict[MediaKind, MediaFacts] = {"Image": PICTURE, "Video": VIDEO, "Audio": SOUND}

WIDTH = "Width must be between 300px and 6000px"
HEIGHT = "Height must be between 300px and 6000px"
RATIO = "Aspect ratio must be between 0.4 and 2.5"
RESOLUTION = "Resolution must be 480p, 720p or 1080p"
RATE = "Frame rate must be between 24 and 60 FPS"


def test_kinds_are_the_three_of_the_type() -> None:
    assert get_args(MediaKind) == KINDS
    assert set(LIMITS) == set(KINDS)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://h/a.png", "Image"),
        ("https://h/a.JPeG?x=1.mp4#f.wav", "Image"),
        ("https://h/dir.mp4/a.heif", "Image"),
        ("https://h/a.b.mov", "Video"),
        ("https://h/a.MP3", "Audio"),
        ("a.wav", "Audio"),
        ("https://h/a", None),
        ("https://h/a.txt", None),
        ("https://h/dir.png/", None),
        ("https://h.png", None),
        ("https://h/png", None),
        ("https://[h/a.png", None),
        ("", None),
    ],
)
def test_the_suffix_of_the_path_names_the_kind(url: str, kind: MediaKind | None) -> None:
    assert kind_of_suffix(url) == kind


@pytest.mark.parametrize(
    ("facts", "code", "message"),
    [
        (replace(PICTURE, size_bytes=30 * MB - 1), None, None),
        (replace(PICTURE, size_bytes=30 * MB), "FileSizeTooLarge", "File size must be at most 31457279 bytes"),
        (replace(PICTURE, width=301, height=301), None, None),
        (replace(PICTURE, width=300, height=301), "InvalidParameter", WIDTH),
        (replace(PICTURE, width=301, height=300), "InvalidParameter", HEIGHT),
        (replace(PICTURE, width=5999, height=5999), None, None),
        (replace(PICTURE, width=6000, height=5999), "InvalidParameter", WIDTH),
        (replace(PICTURE, width=5999, height=6000), "InvalidParameter", HEIGHT),
        (replace(PICTURE, width=None), "InvalidParameter", WIDTH),
        (replace(PICTURE, width=999, height=400), None, None),
        (replace(PICTURE, width=1000, height=400), "InvalidParameter", RATIO),
        (replace(PICTURE, width=401, height=1000), None, None),
        (replace(PICTURE, width=400, height=1000), "InvalidParameter", RATIO),
        (replace(VIDEO, size_bytes=50 * MB), None, None),
        (replace(VIDEO, size_bytes=50 * MB + 1), "FileSizeTooLarge", "File size must be at most 52428800 bytes"),
        (replace(VIDEO, width=640, height=640), None, None),
        (replace(VIDEO, width=639, height=640), "InvalidParameter", RESOLUTION),
        (replace(VIDEO, width=640, height=480), "InvalidParameter", RESOLUTION),
        (replace(VIDEO, width=864, height=496), None, None),
        (replace(VIDEO, width=992, height=432), None, None),
        (replace(VIDEO, width=720, height=1280), None, None),
        (replace(VIDEO, width=1920, height=1080), None, None),
        (replace(VIDEO, width=1920, height=1088), None, None),
        (replace(VIDEO, width=1920, height=1089), "InvalidParameter", RESOLUTION),
        (replace(VIDEO, width=3840, height=2160), "InvalidParameter", RESOLUTION),
        (replace(VIDEO, width=1600, height=400), None, None),
        (replace(VIDEO, width=1600, height=399), "InvalidParameter", RESOLUTION),
        (replace(VIDEO, seconds=2.0), None, None),
        (replace(VIDEO, seconds=1.999), "DurationTooShort", "Duration must be between 2s and 15s"),
        (replace(VIDEO, seconds=15.0), None, None),
        (replace(VIDEO, seconds=15.001), "DurationTooLong", "Duration must be between 2s and 15s"),
        (replace(VIDEO, fps=24.0), None, None),
        (replace(VIDEO, fps=24000 / 1001), None, None),
        (replace(VIDEO, fps=23.97), "InvalidParameter", RATE),
        (replace(VIDEO, fps=60.0), None, None),
        (replace(VIDEO, fps=60.07), "InvalidParameter", RATE),
        (replace(VIDEO, fps=None), "InvalidParameter", RATE),
        (replace(VIDEO, fps=math.nan), "InvalidParameter", RATE),
        (replace(SOUND, size_bytes=15 * MB), None, None),
        (replace(SOUND, size_bytes=15 * MB + 1), "FileSizeTooLarge", "File size must be at most 15728640 bytes"),
        (replace(SOUND, seconds=2.0), None, None),
        (replace(SOUND, seconds=1.999), "DurationTooShort", "Duration must be between 2s and 15s"),
        (replace(SOUND, seconds=15.0), None, None),
        (replace(SOUND, seconds=15.001), "DurationTooLong", "Duration must be between 2s and 15s"),
    ],
)
def test_each_limit_holds_to_the_last_figure(facts: MediaFacts, code: str | None, message: str | None) -> None:
    result = judge(facts.kind, facts)
    assert (result.code, result.message) == (code, message) if result else code is None


@pytest.mark.parametrize("kind_asked", KINDS)
@pytest.mark.parametrize("actual", KINDS)
def test_another_kind_than_asked_for_is_a_mismatch(kind_asked: MediaKind, actual: MediaKind) -> None:
    refused = judge(kind_asked, SAMPLES[actual])
    if kind_asked == actual:
        assert refused is None
    else:
        assert refused == failure("TypeMismatch", asked=kind_asked.lower(), found=SAMPLES[actual].format)


def test_the_size_is_judged_before_the_rest() -> None:
    facts = MediaFacts("Video", "mp4", 50 * MB + 1, width=1, height=1, seconds=99.0, fps=1.0)
    assert judge("Video", facts) == failure("FileSizeTooLarge", limit=50 * MB)


numbers = st.none() | st.integers() | st.floats()


@given(
    kind_asked=st.sampled_from(KINDS),
    facts=st.builds(
        MediaFacts,
        kind=st.sampled_from(KINDS),
        format=st.text(),
        size_bytes=st.integers(),
        width=st.none() | st.integers(),
        height=st.none() | st.integers(),
        seconds=numbers,
        fps=numbers,
    ),
)
def test_judging_never_raises(kind_asked: MediaKind, facts: MediaFacts) -> None:
    refused = judge(kind_asked, facts)
    assert refused is None or refused.behaviour in {row.behaviour for row in FAILURES.values()}


@pytest.mark.parametrize("name", FAILURES)
def test_each_failure_is_made_from_its_row(name: str) -> None:
    row = FAILURES[name]
    names = [field for _, field, _, _ in string.Formatter().parse(row.message) if field]
    raised = failure(name, **dict.fromkeys(names, "Ω"))
    assert (raised.code, raised.behaviour) == (row.code, row.behaviour)
    assert raised.message.count("Ω") == len(names)
    assert re.fullmatch(r"asset\.ingest\.[a-z]+(-[a-z]+)*", raised.behaviour)
    assert name == row.code or name not in {entry.code for entry in FAILURES.values()}


def test_details_that_are_not_known_still_make_a_sentence() -> None:
    assert failure("DownloadTimeout").message == "Timeout while downloading url: unknown"
    assert failure("DownloadFailed", url="u{0}", cause="{x}").message == "Error while downloading: u{0}, {x}"


def test_a_failure_that_is_not_in_the_table_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        failure("DownlodFailed")


def test_one_behaviour_stands_for_one_limit() -> None:
    shared = [row.behaviour for row in FAILURES.values()]
    repeated = {behaviour for behaviour in shared if shared.count(behaviour) > 1}
    assert repeated == {"asset.ingest.image-sides"}  # width, height, and both where the decoder does not say which


def test_messages_state_the_limits_that_are_judged_by() -> None:
    image, video = LIMITS["Image"], LIMITS["Video"]
    assert image.sides
    assert image.ratio
    assert video.seconds
    assert f"{image.sides.low:g}px and {image.sides.high:g}px" in FAILURES["ImageWidth"].message
    assert f"{image.ratio.low} and {image.ratio.high}" in FAILURES["ImageRatio"].message
    assert f"{video.seconds.low:g}s and {video.seconds.high:g}s" in FAILURES["DurationTooLong"].message
    assert LIMITS["Audio"].seconds == video.seconds


def test_the_module_is_pure() -> None:
    tree = ast.parse(Path(media.__file__).read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert imported == {"math", "collections.abc", "typing", "urllib.parse", "msgspec"}
