"""Directives: words a client puts into what it sends to choose an outcome, like a payment provider's test cards.

A directive is ``fs-<word>`` in a prompt, a URL or an asset's name. Several may stand together.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import asdict, replace

from fakeseed.model.media import FAILURES
from fakeseed.model.suggest import did_you_mean
from fakeseed.model.times import HOUR, MINUTE, parse_span


class Directives(msgspec.Struct, frozen=True):
    """What directives ask for. A field that is absent leaves the choice to pace and seed.

    ``ingest_takes`` and ``run_takes`` are spans in nanoseconds, ``length`` is in seconds.
    """

    ingest_failure: str | None = None
    outcome: str | None = None
    ingest_takes: int | None = None
    ingest_stuck: bool = False
    run_takes: int | None = None
    run_stuck: bool = False
    length: float | None = None
    size: tuple[int, int] | None = None
    face: bool = False
    unknown: tuple[str, ...] = ()


class Directive(msgspec.Struct, frozen=True):
    """One row: the name after ``fs-`` (with a ``<value>`` where it takes one), where it is read, what it does."""

    name: str
    where: str
    description: str
    choose: Callable[[str], dict[str, Any]]

    @property
    def stem(self) -> str:
        """The name without its value."""
        return self.name.split("<")[0]


_MEDIA = "URL, asset name"
_TASK = "prompt, reference URL"
_ANY = "prompt, URL, asset name"
LARGEST_SIDE = 1_000_000
"""Pixels that a directive may name for a side."""


def _fixed(**choices: Any) -> Callable[[str], dict[str, Any]]:
    return lambda _value: choices


def _kebab(code: str) -> str:
    return re.sub(r"[.\s]+", "-", re.sub(r"(?<=[a-z])(?=[A-Z])", "-", code)).lower()


def _size(value: str) -> dict[str, Any]:
    across, down = (int(side) for side in value.split("x"))
    if max(across, down) > LARGEST_SIDE:
        raise ValueError
    return {"size": (across, down)}


def _takes(value: str) -> dict[str, Any]:
    span = parse_span(value)
    return {"ingest_takes": span, "run_takes": span}


def _length(value: str) -> dict[str, Any]:
    return {"length": parse_span(value) / 1e9}


DIRECTIVES: dict[str, Directive] = {
    row.stem: row
    for row in (
        *(
            Directive(
                f"fail-{_kebab(code)}", _MEDIA, f"ingest ends Failed with code {code}", _fixed(ingest_failure=code)
            )
            for code in FAILURES
        ),
        Directive("slow-ingest", _MEDIA, "ingest takes 10 minutes", _fixed(ingest_takes=10 * MINUTE)),
        Directive("stuck-ingest", _MEDIA, "ingest never ends", _fixed(ingest_stuck=True)),
        Directive("length-<span>", _MEDIA, "the media lasts so long, e.g. fs-length-7s", _length),
        Directive("size-<w>x<h>", _MEDIA, "the picture has this size, e.g. fs-size-1080x1920", _size),
        Directive("face", _MEDIA, "the picture shows a real person", _fixed(face=True)),
        Directive("refuse-copyright", _TASK, "the task is refused for copyright", _fixed(outcome="refused-copyright")),
        Directive("refuse-person", _TASK, "the task is refused for a real person", _fixed(outcome="refused-person")),
        Directive(
            "refuse-once",
            _TASK,
            "the first attempt is refused; a strict type's retry then completes",
            _fixed(outcome="refused-once"),
        ),
        Directive("internal-error", _TASK, "the task fails with code 10000", _fixed(outcome="internal-error")),
        Directive(
            "upstream-503", _TASK, "the first attempt meets a 503, the retry completes", _fixed(outcome="upstream-503")
        ),
        Directive("slow-task", _TASK, "the task runs for an hour", _fixed(run_takes=HOUR)),
        Directive("stuck-task", _TASK, "the task never ends", _fixed(run_stuck=True)),
        Directive("takes-<span>", _ANY, "ingest or run takes so long, e.g. fs-takes-90s", _takes),
    )
}
"""Word without value -> directive, in the order in which ``fakeseed directives`` prints them."""

NO_DIRECTIVES = Directives()
_PATTERN = re.compile(r"(?<![a-z0-9-])fs-([a-z0-9]+(?:-[a-z0-9]+(?:\.\d+[a-z]+)?)*)")
_VALUED = tuple(stem for stem, row in DIRECTIVES.items() if "<" in row.name)


def read(*texts: str) -> Directives:
    """All directives in these texts together; of two about the same thing the later one holds.

    Words that no directive has are kept in ``unknown`` with a hint, for the journal.
    """
    choices: dict[str, Any] = {}
    unknown: list[str] = []
    for text in texts:
        for name in _PATTERN.findall(text.lower()) if "fs-" in text.lower() else ():
            try:
                choices.update(_lookup(name))
            except (KeyError, ValueError):
                unknown.append(f"fs-{name} is no directive{did_you_mean(name, DIRECTIVES)}")
    return Directives(**choices, unknown=tuple(unknown)) if choices or unknown else NO_DIRECTIVES


def _lookup(name: str) -> dict[str, Any]:
    for stem in _VALUED:
        if name.startswith(stem):
            return DIRECTIVES[stem].choose(name.removeprefix(stem))
    return DIRECTIVES[name].choose("")


def merged(parts: list[Directives]) -> Directives:
    """The directives of several texts as one, later ones first in rank; unknown words are gathered."""
    result = NO_DIRECTIVES
    for directives in parts:
        if directives is NO_DIRECTIVES:
            continue
        chosen = {name: value for name, value in asdict(directives).items() if value not in (None, False, ())}
        result = replace(result, **{**chosen, "unknown": result.unknown + directives.unknown})
    return result
