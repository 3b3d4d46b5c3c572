"""One run of Schemathesis over the document: how it is set up, what it checks, what it found."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import schemathesis
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from .cleanup import Cleanup
from .document import LABELS, Json, document, operations, with_extractors
from .response_checks import OFF, whole_numbers

PHASES = ("examples", "coverage", "fuzzing", "stateful")
ROUNDS = 25


class Site(NamedTuple):
    """What is fuzzed.

    ``stranger`` is a second key, if there is one; ``listed``: other keys are not let in. ``refresh`` makes the key's
    world as on first use, where that can be done.
    """

    url: str
    key: str
    stranger: str = ""
    listed: bool = False
    refresh: Callable[[], None] | None = None


class Effort(NamedTuple):
    """How many cases are drawn for each operation, and stories through the links, each of so many steps."""

    cases: int
    stories: int
    steps: int
    phases: tuple[str, ...] = PHASES


class Finding(NamedTuple):
    """One thing that the document and the answers disagree about, with the request that shows it."""

    phase: str
    operation: str
    check: str
    message: str
    request: str
    answer: str

    def __str__(self) -> str:
        return f"[{self.phase}] {self.check}: {self.message}\n    {self.request}\n    answered: {self.answer}"


class FuzzResult:
    """What a run came to."""

    def __init__(self) -> None:
        self.cases: Counter[tuple[str, str]] = Counter()
        """Cases by phase and operation."""
        self.statuses: Counter[tuple[str, str, int]] = Counter()
        """Answers by operation, kind of data (positive, negative) and status."""
        self.links: Counter[str] = Counter()
        self.stories = 0
        self.findings: list[Finding] = []
        self.errors: list[str] = []
        self.phases: dict[str, str] = {}

    @property
    def total(self) -> int:
        """Cases in all."""
        return sum(self.cases.values())

    def by_phase(self) -> dict[str, int]:
        """Cases of each phase."""
        return {phase: sum(n for (case_phase, _), n in self.cases.items() if case_phase == phase) for phase in PHASES}

    def answered(self, label: str) -> dict[int, int]:
        """How often an operation gave each status."""
        statuses = Counter[int]()
        for (operation, _, status), count in self.statuses.items():
            statuses[status] += count if operation == label else 0
        return {status: count for status, count in sorted(statuses.items()) if count}

    def never_answered(self) -> list[str]:
        """Documented answers below 300 that good data never got."""
        return [
            f"{label} {status}"
            for _, label, operation in operations(document())
            for status in operation["responses"]
            if int(status) < 300 and not self.statuses[label, "positive", int(status)]
        ]

    def never_followed(self) -> list[str]:
        """Documented links that no story followed."""
        return [
            f"{label} [{status}] {name}"
            for _, label, operation in operations(document())
            for status, answer in operation["responses"].items()
            for name in answer.get("links", {})
            if not any(link.startswith(f"{label} -> [{status}] {name} ") for link in self.links)
        ]

    def summary(self) -> Iterator[str]:
        """The run in figures."""
        phases = ", ".join(f"{count:,} {phase}" for phase, count in self.by_phase().items())
        yield f"{self.total:,} cases ({phases}), {len(self.findings)} findings"
        for name, label in LABELS.items():
            count = sum(n for (_, operation), n in self.cases.items() if operation == label)
            statuses = ", ".join(f"{status}: {times:,}" for status, times in self.answered(label).items())
            yield f"{name:16} {count:6,} cases  {statuses}"
        yield f"{self.stories:,} stories with {sum(self.links.values()):,} steps along {len(self.links)} links"


# -- set-up -----------------------------------------------------------------------------------------------------------

HOSTS = st.sampled_from(["cdn.example", "www.media.example:8443", "user@files.example", "192.0.2.7", "[2001:db8::7]"])
STEMS = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_%~é", min_size=1, max_size=12)
SUFFIXES = st.sampled_from([".jpg", ".PNG", ".heic", ".mp4", ".MOV", ".mp4", ".mp3", ".wav", ".wav", "", ".html"])
QUERIES = st.sampled_from(["", "", "?token=a.b&x=1", "#top", "?u=https://other.example/x.gif"])


def _http_urls() -> st.SearchStrategy[str]:
    schemes = st.sampled_from(["https", "https", "http", "HTTPS"])
    folders = st.sampled_from(["/", "/a/", "/a/b.c/"])
    return st.builds("{}://{}{}{}{}{}".format, schemes, HOSTS, folders, STEMS, SUFFIXES, QUERIES)


def _off(operation: str) -> Json:
    return {check: {"enabled": False} for where, check in OFF if where == operation}


def settings(site: Site, effort: Effort, seed: int, folder: Path) -> Json:
    """How Schemathesis is set up."""
    checks = _off("*")
    if not site.listed:  # a target that lets every key in, as the emulator does without a list, cannot refuse one
        checks["ignored_auth"] = {"enabled": False}
    return {
        "base-url": site.url,
        "seed": seed,
        "continue-on-failure": True,
        "suppress-health-check": ["all"],
        "cache": {"enabled": False},
        "auth": {"wfc": _identities(site, folder)},
        "generation": {"max-examples": effort.cases, "database": "none", "no-shrink": True},
        "checks": {**checks, "max_response_time": 10},
        "phases": {
            **{phase: {"enabled": phase in effort.phases} for phase in PHASES},
            "stateful": {
                "generation": {"max-examples": effort.stories},
                "max-steps": effort.steps,
            },
        },
        "operations": [{"include-operation-id": name, "checks": _off(name)} for name in dict(OFF) if name != "*"],
    }


def _identities(site: Site, folder: Path) -> Json:
    """Whose requests are sent, and who must not see what they make."""
    keys = {"owner": site.key, **({"stranger": site.stranger} if site.stranger else {})}
    users = [{"name": name, "fixedHeaders": [{"name": "X-API-Key", "value": key}]} for name, key in keys.items()]
    path = folder / "identities.json"
    path.write_text(json.dumps({"auth": users}))
    return {"path": str(path), "user": "owner", **({"peers": list(keys)} if site.stranger else {})}


def run(site: Site, effort: Effort, seed: int, folder: Path, spared: Collection[str] = ()) -> FuzzResult:
    """Fuzz a site, but for the operations whose ids are spared.

    Schemathesis ends its stories before their number is reached when its own draws do not repeat; more rounds of
    stories alone, with seeds of their own, make up for it.
    """
    schemathesis.openapi.format("http-url", _http_urls())
    result = FuzzResult()
    _round(result, site, effort, seed, folder, spared)
    for extra_round in range(1, ROUNDS):
        if result.errors or "stateful" not in effort.phases or result.stories >= effort.stories:
            break
        missing = effort._replace(stories=effort.stories - result.stories, phases=("stateful",))
        _round(result, site, missing, seed + extra_round, folder, spared)
    return result


def _round(result: FuzzResult, site: Site, effort: Effort, seed: int, folder: Path, spared: Collection[str]) -> None:
    config = SchemathesisConfig.from_dict(settings(site, effort, seed, folder))
    schema: Any = schemathesis.openapi.from_dict(with_extractors(document()), config=config)
    if spared:
        schema = schema.exclude(operation_id=list(spared))
    schema.hook("map_case")(whole_numbers)
    with Cleanup(site.url, site.key, control=site.refresh is not None) as cleanup:
        _begin_stories_afresh(schema, site, cleanup)

        def after_call(context: Any, case: Any, response: Any) -> None:
            cleanup.after_call(case, response)

        schema.hook(after_call)
        for event in from_schema(schema).execute():
            _note(result, event)


def _begin_stories_afresh(schema: Any, site: Site, cleanup: Cleanup) -> None:
    """Let every story begin in a fresh world: the same draws then meet the same answers, as Hypothesis expects."""
    if site.refresh is None:
        return
    build, refresh = schema.build_state_machine, site.refresh

    def built(**parts: Any) -> Any:
        machine = build(**parts)

        class Fresh(machine):  # type: ignore[misc, valid-type]
            def __init__(self) -> None:
                refresh()
                cleanup.forget()
                super().__init__()

        return Fresh

    schema.build_state_machine = built


# -- what happened ----------------------------------------------------------------------------------------------------


def _note(result: FuzzResult, event: Any) -> None:
    if isinstance(event, events.ScenarioFinished):
        result.stories += event.phase.value == "stateful"
        _note_scenario(result, event.phase.value, event.recorder)
    elif isinstance(event, events.PhaseFinished):
        result.phases[event.phase.name.value] = event.status.value
    elif isinstance(event, events.NonFatalError):
        result.errors.append(f"{event.label}: {event.info.title}: {event.info.message}")
    elif isinstance(event, events.FatalError):
        result.errors.append(f"{type(event.exception).__name__}: {event.exception}")


def _note_scenario(result: FuzzResult, phase: str, recorder: Any) -> None:
    for name, node in recorder.cases.items():
        label = node.value.operation.label
        result.cases[phase, label] += 1
        if node.transition is not None and node.is_transition_applied:
            result.links[node.transition.id] += 1
        answer = recorder.interactions[name].response if name in recorder.interactions else None
        if answer is not None:
            mode = node.value.meta.generation.mode.value if node.value.meta else "probe"
            result.statuses[label, mode, answer.status_code] += 1
    for name, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                result.findings.append(_finding(phase, check, recorder.interactions[name].response))


def _finding(phase: str, check: Any, answer: Any) -> Finding:
    failure = check.failure_info.failure
    shown_answer = "nothing" if answer is None else f"{answer.status_code} {answer.text[:300]}"
    message = f"{failure.title}: {failure.message}"
    return Finding(phase, failure.operation, check.name, message, check.failure_info.code_sample[:1000], shown_answer)
