"""Dated evidence: what a target answered, as status and shape, and what has drifted since an earlier time.

Values are not kept, only their kinds; ids and times become names, so that two days can be compared.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fakeseed.errors import UsageError

# What identifies a thing or an instant, by the name that stands for it.
_NAMED = (
    (re.compile(r"asset-\d{14}-[a-z0-9]+"), "<asset>"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "<time>"),
)


class ObservedCall(msgspec.Struct, frozen=True, order=True):
    """One kind of answer that was seen: to which call, with which status, of which shape."""

    call: str
    status: int
    shape: str


class Evidence(msgspec.Struct, frozen=True):
    """What an evidence file is read for: exchanges by check."""

    checks: dict[str, set[ObservedCall]]


def named(text: str) -> str:
    """A text with ids and times replaced by numbered names; the same one gets the same number."""
    names: dict[str, str] = {}

    def name(match: re.Match[str], stem: str) -> str:
        return names.setdefault(
            match[0], f"{stem[:-1]} {sum(existing.startswith(stem[:-1]) for existing in names.values()) + 1}>"
        )

    for pattern, stem in _NAMED:
        text = pattern.sub(lambda match, stem=stem: name(match, stem), text)  # type: ignore[misc]
    return text


def shape(value: Any) -> Any:
    """The kinds of a JSON value: keys stay, values become names of types, a list shows its distinct elements."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in sorted(value.items())}
    if isinstance(value, list):
        kinds = {json.dumps(shape(inner), sort_keys=True) for inner in value}
        return [json.loads(kind) for kind in sorted(kinds)]
    if isinstance(value, str):
        replaced = named(value)
        return re.sub(r" \d+>", ">", replaced) if replaced.startswith("<") else "text"
    return {bool: "flag", int: "whole number", float: "number"}.get(type(value), "null")


class Recorder:
    """A plugin of pytest that keeps what the target answers to each check."""

    def __init__(self) -> None:
        self.calls: dict[str, set[ObservedCall]] = {}
        self._check = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Know which check is under way."""
        self._check = item.nodeid
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: "pytest.FixtureDef[Any]") -> Iterator[None]:
        """Hear every answer of the target, once it is there."""
        value: Any = yield
        if fixturedef.argname == "target":
            value.http.event_hooks = {"response": [self._record]}
        return value  # type: ignore[no-any-return]

    def _record(self, response: Any) -> None:
        path = re.sub(r" \d+>", ">", named(response.request.url.path))
        if path.startswith("/_fakeseed"):
            return
        response.read()
        try:
            body_shape = json.dumps(shape(response.json()), sort_keys=True)
        except ValueError:
            body_shape = response.headers.get("content-type", "nothing").partition(";")[0]
        exchange = ObservedCall(f"{response.request.method} {path}", response.status_code, body_shape)
        self.calls.setdefault(self._check, set()).add(exchange)

    def as_json(self, head: dict[str, Any]) -> dict[str, Any]:
        """The evidence as it is written down."""
        checks = {check: msgspec.to_builtins(sorted(calls)) for check, calls in sorted(self.calls.items())}
        return {"target": head.get("target"), "date": head.get("date"), "checks": checks}


def read(path: Path) -> dict[str, set[ObservedCall]]:
    """Evidence of an earlier time, by check. Raises UsageError when the file is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Evidence).checks
    except (OSError, ValueError, msgspec.MsgspecError) as problem:
        raise UsageError(f"{path} is no evidence file: {problem}", "record one with --evidence FILE") from None


def drift(earlier: dict[str, set[ObservedCall]], now: dict[str, set[ObservedCall]]) -> list[tuple[str, str, str]]:
    """What is new and what is gone, for checks that were made both times: check, ``+`` or ``-``, and the exchange."""
    changes = []
    for check in sorted(earlier.keys() & now.keys()):
        for sign, only in (("-", earlier[check] - now[check]), ("+", now[check] - earlier[check])):
            changes += [(check, sign, f"{call.call} -> {call.status} {call.shape[:200]}") for call in sorted(only)]
    return changes
