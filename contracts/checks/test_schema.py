"""The document against the target: every operation with good and bad data, and stories through the links.

Twenty thousand cases and more, counted: ``pytest contracts/checks/test_schema.py --contract-profile deep``
"""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

pytest.importorskip("schemathesis", reason="not reachable: pip install 'fakeseed[contracts]'")

from ..fuzz import stateful
from ..fuzz.document import LABELS
from ..fuzz.stateful import Effort, FuzzResult, Site
from ..harness import emulator_process
from ..harness.assertions import Broken, holds, same
from ..harness.client import START, Target
from ..harness.report import REPORT, SEED

pytestmark = pytest.mark.timeout(3600)

EFFORTS = {
    "quick": Effort(cases=4, stories=4, steps=10),
    "ci": Effort(cases=60, stories=25, steps=20),
    "deep": Effort(cases=1200, stories=500, steps=25),
}
DEEP_CASES = 20_000

KEY, STRANGER = "contract-schema", "contract-stranger"
NO_KEY = "contract-nobody"
GENEROUS = {"plan": "enterprise", "points": 1_000_000_000_000, "concurrency": 1_000_000}

SPENDS = {"createTask"}
"""Operations that cost points: left out where those are real, since nobody can say beforehand what fuzzing spends."""

DOOR = ("auth.header", "auth.key-missing", "wire.error-body", "wire.unknown-method")
BODY = ("wire.invalid-body", "wire.unknown-fields", "wire.null-is-absent")
HELD: dict[str, tuple[str, ...]] = {
    "uploadAssets": (
        *(*DOOR, *BODY, "asset.flat-body", "asset.upload-status", "asset.id-format", "asset.time-format"),
        *("asset.batch-form", "asset.batch-answer", "asset.batch-status", "asset.url-rule", "asset.type-rule"),
        "asset.type-inferred",
    ),
    "listAssets": (*DOOR, "asset.list-fields", "asset.quota-fields", "wire.invalid-query"),
    "getAsset": (*DOOR, "asset.get", "asset.fields", "asset.error-object", "asset.unknown"),
    "deleteAsset": (*DOOR, "asset.delete"),
    "createTask": (
        *(*DOOR, *BODY, "task.envelope", "task.fields", "task.id-format", "task.time-format", "task.refused-body"),
        *("task.model-rule", "task.type-rule", "task.prompt-required", "task.mode-rule", "task.text-mode"),
        *("task.frames-mode-images", "task.frames-mode-media", "task.omni-mode-empty", "task.omni-mode-audio"),
        *("task.ratio-rule", "task.ratio-auto", "task.resolution-rule", "task.duration-range", "task.reference-url"),
        *("task.reference-suffix", "task.auto-upload-needs-less-restriction", "auto-upload.retention-range"),
    ),
    "getTask": (
        *(*DOOR, "task.get-envelope", "task.fields", "task.unknown", "task.status-lower-case", "task.error-object"),
        *("output.only-at-the-end", "output.url", "money.usage-type"),
    ),
    "cancelTask": (*DOOR, "task.cancel", "task.unknown"),
    "getAccount": (*DOOR, "account.info"),
    "listActiveTasks": (*DOOR, "account.active-tasks"),
    "listEndedTasks": (*DOOR, "account.histories", "wire.invalid-query"),
    "uploadFile": (*DOOR, *BODY, "upload.answer", "upload.name-rule", "upload.types", "upload.base64"),
    "downloadFile": ("output.no-auth", "output.range", "wire.unknown-path"),
    "probeFile": ("output.no-auth", "output.range"),
}
"""What the document says of each operation that the catalogue says too."""

BY_CHECK = {
    "ignored_auth": ("auth.header", "auth.key-missing"),
    "unknown_method_is_no_page": ("wire.unknown-method",),
}
"""Checks that are about some behaviours of the door alone; the others are about the rest of a row."""


def _broken(operation: str, check: str) -> tuple[str, ...]:
    """The behaviours that a finding of this check speaks against."""
    own = [name for names in BY_CHECK.values() for name in names]
    return BY_CHECK.get(check, tuple(name for name in HELD[operation] if name not in own))


@pytest.fixture(scope="session")
def site(target: Target) -> Iterator[Site]:
    """Where thousands of calls may go: a generous world, where there is control; else the key's own."""
    if target.app is None:
        yield _site(target, f"{target.key}-schema" if target.has_control else target.key)
        return
    with _emulator() as near:
        yield _site(near, KEY)


@contextmanager
def _emulator() -> Iterator[Target]:
    """An emulator on a socket that lets two keys in, so that a wrong key can be seen to be refused."""
    with emulator_process.emulator([KEY, STRANGER]) as url, httpx.Client(timeout=60, trust_env=False) as http:
        yield Target(url, http, key=KEY)


def _site(target: Target, key: str) -> Site:
    listed = target.send("GET", "/account/info", {"X-API-Key": NO_KEY}).status_code == 401
    if not target.has_control:
        return Site(target.base_url, key, listed=listed)
    stranger = STRANGER if listed else f"{key}-stranger"

    def begin(pace: str) -> None:
        target.control("POST", "reset", key)
        target.control("PATCH", "world", key, {**GENEROUS, "pace": pace})
        target.control("POST", "clock/freeze", key, {"at": START})

    def refresh() -> None:
        begin("fast")
        target.control("POST", "clock/auto", key, {"step": "2s"})  # each poll moves time, so stories meet every state

    begin("instant")  # outside stories time stands still, so that what two keys see can be compared
    return Site(target.base_url, key, stranger, listed, refresh)


@pytest.fixture(scope="session")
def effort(pytestconfig: pytest.Config) -> Effort:
    """How much is sent."""
    return EFFORTS[pytestconfig.getoption("--contract-profile")]


@pytest.fixture(scope="session")
def fuzz_result(
    pytestconfig: pytest.Config, site: Site, effort: Effort, tmp_path_factory: pytest.TempPathFactory
) -> FuzzResult:
    """What one run over all operations came to."""
    spared = SPENDS if site.refresh is None else set()
    run = stateful.run(site, effort, pytestconfig.stash[SEED], tmp_path_factory.mktemp("schema"), spared)
    pytestconfig.stash[REPORT].table("schemathesis", list(run.summary()))
    return run


@pytest.mark.parametrize(
    "operation", [pytest.param(name, marks=pytest.mark.behaviour(*ids), id=name) for name, ids in HELD.items()]
)
def test_operation_answers_as_documented(operation: str, fuzz_result: FuzzResult, site: Site) -> None:
    if site.refresh is None and operation in SPENDS:
        pytest.skip("not reachable: every accepted create costs points")
    findings = [finding for finding in fuzz_result.findings if finding.operation == LABELS[operation]]
    if findings:
        sample = "\n".join(map(str, findings[:5]))
        broken = dict.fromkeys(name for finding in findings for name in _broken(operation, finding.check))
        raise Broken(f"{operation}, {len(findings)} findings", "answers as openapi.yaml says", sample, broken)


def test_every_operation_is_judged() -> None:
    same(set(HELD), set(LABELS), "operations with a row in HELD")


def test_the_run_is_whole(fuzz_result: FuzzResult, effort: Effort) -> None:
    same(fuzz_result.errors, [], "errors of the run")
    same([phase for phase in effort.phases if not fuzz_result.by_phase()[phase]], [], "phases without a case")
    strays = [str(finding) for finding in fuzz_result.findings if finding.operation not in LABELS.values()]
    same(strays, [], "findings about no operation")


def test_a_deep_run_goes_everywhere(fuzz_result: FuzzResult, site: Site, effort: Effort) -> None:
    if effort is not EFFORTS["deep"] or site.refresh is None:
        pytest.skip("not reachable: needs --contract-profile deep and the control API")
    holds(fuzz_result.total >= DEEP_CASES, "cases of a deep run", f"at least {DEEP_CASES}", fuzz_result.total)
    same(fuzz_result.never_answered(), [], "documented answers that good data never got")
    same(fuzz_result.never_followed(), [], "documented links that no story followed")
