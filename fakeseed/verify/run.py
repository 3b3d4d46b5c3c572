"""One run of the contract suites, inside this process, with its progress told and its report kept."""

import contextlib
import importlib.util
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from fakeseed.catalogue import folder
from fakeseed.errors import UsageError

if TYPE_CHECKING:
    import pytest

NEEDED = ("pytest", "hypothesis", "schemathesis", "yaml")
EXTRA = "contracts"
SETTINGS = ("PYTEST_", "HYPOTHESIS_", "SCHEMATHESIS_")
"""What the names of variables begin with that these tools read."""
INTERRUPTED = "interrupted"


class VerifyOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What to judge and how hard. ``spend`` in points; ``select`` is pytest's ``-k``."""

    target: str = "emulator"
    key: str = ""
    spend: int = 0
    profile: str = "quick"
    seed: int | None = None
    select: str = ""
    junit: Path | None = None
    collect_only: bool = False

    def arguments(self, report: Path, settings: Path) -> list[str]:
        """The command line for pytest; settings and plugins of the project around must not reach the suites."""
        suites = folder()
        options = [
            str(suites),
            *("-c", str(settings), f"--rootdir={suites}", "--import-mode=importlib"),
            *("--disable-plugin-autoload", "-p", "_hypothesis_pytestplugin", "-p", "schemathesis.pytest.plugin"),
            *("-p", "no:cacheprovider", "--capture=sys", "-q"),
            *(f"--target={self.target}", f"--key={self.key}", f"--spend={self.spend}"),
            *(f"--contract-profile={self.profile}", f"--contract-report={report}"),
        ]
        options += [f"--hypothesis-seed={self.seed}"] if self.seed is not None else []
        options += [f"--junitxml={self.junit}"] if self.junit else []
        options += ["-k", self.select] if self.select else []
        return options + (["--collect-only"] if self.collect_only else [])


class VerifyResult(msgspec.Struct, frozen=True):
    """How a run ended: pytest's exit code, the report by behaviour, what pytest printed, why it was cut short."""

    code: int
    report: dict[str, Any]
    output: str
    ended: str = ""


Progress = Callable[[int, int, str], None]
"""Told after each check: how many are done, of how many, and the check's name."""


class Watcher:
    """A plugin of pytest that tells progress and keeps why a run was cut short."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._done = self._total = 0
        self.ended = ""

    def pytest_collection_finish(self, session: "pytest.Session") -> None:
        """Now the number of checks is known."""
        self._total = len(session.items)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """One more is done."""
        self._done += 1
        self._progress(self._done, self._total, nodeid)

    def pytest_keyboard_interrupt(self, excinfo: "pytest.ExceptionInfo[BaseException]") -> None:
        """The run ends early: the target cannot be reached, or a person said stop."""
        self.ended = str(getattr(excinfo.value, "msg", "") or INTERRUPTED)


def run(order: VerifyOptions, progress: Progress = lambda *_: None, plugins: tuple[object, ...] = ()) -> VerifyResult:
    """Run the suites. Raises UsageError when what they need is not installed."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"the contract suites need {', '.join(missing)}", f"install them with: pip install 'fakeseed[{EXTRA}]'"
        )
    if not __debug__:
        raise UsageError(
            "the contract suites need assertions, and Python runs without", "unset PYTHONOPTIMIZE, or drop -O"
        )
    import pytest

    watcher = Watcher(progress)
    with tempfile.TemporaryDirectory() as scratch, _without_settings(), _quietly() as printed:
        report = Path(scratch) / "report.json"
        settings = Path(scratch) / "pytest.ini"
        settings.write_text("[pytest]\naddopts = --strict-markers\nfilterwarnings = error\n")
        try:
            code = pytest.main(order.arguments(report, settings), plugins=[watcher, *plugins])
        except KeyboardInterrupt:  # before pytest looks out for it
            code, watcher.ended = pytest.ExitCode.INTERRUPTED, INTERRUPTED
        contents = json.loads(report.read_text("utf-8")) if report.exists() else {}
    return VerifyResult(int(code), contents, printed.getvalue(), watcher.ended)


@contextlib.contextmanager
def _without_settings() -> Iterator[None]:
    """Take away what the tools of the suites read from the environment; what it says is meant for other runs."""
    settings = {name: value for name, value in os.environ.items() if name.startswith(SETTINGS)}
    for name in settings:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(settings)


@contextlib.contextmanager
def _quietly() -> Iterator[io.StringIO]:
    """Keep what is printed meanwhile."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        yield printed
