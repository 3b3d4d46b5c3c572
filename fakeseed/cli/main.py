"""``fakeseed``: the group of commands, and how mistakes are told."""

import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from fakeseed import __version__
from fakeseed.cli import signals, streams
from fakeseed.errors import FakeseedError, UsageError
from fakeseed.model.suggest import did_you_mean

COMMANDS = {
    "serve": "Start the emulator.",
    "demo": "Start an emulator with sample media and walk the whole way to a saved video.",
    "run": "Run a program, unchanged, with the emulator in place of the service.",
    "healthcheck": "Ask a running emulator whether it is well; for containers.",
    "scenario": "Troubles as files: list, show, run, check, new, schema.",
    "judge": "Run a client through worlds in which things go wrong, and say whether it is correct.",
    "prove": "Prove that a change mends a finding that judge --explore kept.",
    "rules": "Show what the judge holds clients to.",
    "watch": "Show a world live: events, what comes next, points and clock; keys move it.",
    "world": "Show worlds, and change one.",
    "clock": "Show a world's clock, and move it.",
    "journal": "Show what a world has seen.",
    "explain": "Say why a request got its answer, and when it would have got another.",
    "fault": "Let things go wrong in a world: arm, list, disarm.",
    "wait": "Wait for a task, an asset, a request or a webhook.",
    "trigger": "Let something happen now: a webhook, the end of a task.",
    "reset": "Make a world as on first use.",
    "directives": "Show the words that choose an outcome.",
    "faults": "Show what can be made to go wrong, and how it is ordered.",
    "openapi": "Write the OpenAPI document, or say whether a written one is out of date.",
    "verify": "Hold a base URL to the contracts: the emulator, another one, or the real service.",
    "snapshot": "Save a world as a file, load it again, and see what differs between two.",
    "behaviours": "Show what the emulator does because PiAPI does it, how sure that is, and where it comes from.",
}

NOT_ON_WINDOWS = ("run", "judge", "prove")
"""Commands that start a program and end all that it leaves behind, by means that Windows does not have."""

EXTRAS = {
    **dict.fromkeys(("pytest", "hypothesis", "schemathesis"), "contracts"),
    **dict.fromkeys(("sqlalchemy", "asyncpg"), "sql"),
    **dict.fromkeys(("trustme", "cryptography"), "judge"),
    "faker": "samples",
}
"""Package -> the extra that brings it."""


class Commands(click.Group):
    """Commands by name; a module is imported only when its command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which a person needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        if sys.platform == "win32" and cmd_name in NOT_ON_WINDOWS:
            raise UsageError(
                f"fakeseed {cmd_name} does not work on Windows: it cannot end all that a program leaves behind there",
                "use WSL, a container, or `fakeseed serve` and the pytest plugin",
            )
        command = import_module(f"fakeseed.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """As click does; Ctrl-C is an exit code of its own, where click's is that of a client that was found broken."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            sys.exit(signals.INTERRUPTED)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list for ``--help``, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest right word for a typo."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"no command {args[0]!r}{did_you_mean(args[0], COMMANDS) or '; see fakeseed --help'}")
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="fakeseed")
def fakeseed() -> None:
    """An emulator of PiAPI's asset and Seedance video API: local, free, on a clock that you hold."""


def main() -> None:
    """Run the command line; our own errors, and what the system refuses, become one line and a next step."""
    streams.prepare()
    signals.prepare()
    try:
        try:
            fakeseed()
        finally:
            streams.flush()
    except FakeseedError as problem:
        _exit_with(str(problem.args[0]), problem.hint)
    except ModuleNotFoundError as problem:
        package = (problem.name or "").partition(".")[0]
        if package == "fakeseed":
            raise
        extra = EXTRAS.get(package)
        _exit_with(
            f"this needs the package {package}, which is not installed",
            f"pip install 'fakeseed[{extra}]'" if extra else "pip install --upgrade fakeseed",
        )
    except OSError as problem:
        streams.discard()
        file = f"{problem.filename}: " if problem.filename else ""
        _exit_with(f"{file}{problem.strerror or problem}", "check the path, its permissions, and the space left")


def _exit_with(message: str, hint: str) -> NoReturn:
    click.echo(f"fakeseed: {message}", err=True)
    if hint:
        click.echo(f"  {hint}", err=True)
    sys.exit(2)
