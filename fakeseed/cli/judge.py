"""``fakeseed judge``."""

import json
import os
import shlex
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from fakeseed.cli.options import OUTPUT, PACE, TableChoice
from fakeseed.cli.progress import Bar
from fakeseed.errors import UsageError
from fakeseed.judge.client_run import CALM
from fakeseed.judge.rule import SEVERITIES

if TYPE_CHECKING:
    from fakeseed.judge.client_run import ClientRun
    from fakeseed.judge.court import Room
    from fakeseed.judge.run import Environment, ProcessResult, RunOptions, RunProcess
    from fakeseed.scenario.schema_types import Scenario

FILE = click.Path(dir_okay=False, path_type=Path)
SEVERITY = TableChoice("severity", SEVERITIES)


@click.command(context_settings={"allow_interspersed_args": False})
@click.option("--scenario", "names", multiple=True, metavar="NAME", help="A scenario or a group, by name or path.")
@click.option("--all", "everything", is_flag=True, help="Every scenario that travels with fakeseed.")
@click.option("--journal", type=FILE, help="Judge a journal that is there already, as GET journal shows it.")
@click.option(
    "--allow", multiple=True, metavar="RULE", help="Show that this rule (or area) was broken, and let it pass."
)
@click.option("--require-struck", is_flag=True, help="Fail where the trouble of a scenario never struck.")
@click.option(
    "--require", multiple=True, metavar="AREA,...", help="Fail unless these areas (or rules) were put to the test."
)
@click.option("--fail-on", type=SEVERITY, default="warning", show_default=True, help="The least severity that counts.")
@click.option(
    "--rate",
    type=click.FloatRange(0.001, 10_000),
    help="The most world seconds a real second, for clients whose waiting does not move their world. [default: 80]",
)
@click.option("--jobs", type=click.IntRange(1, 64), help="Worlds side by side. [default: the processor's cores]")
@click.option("--pace", type=PACE, help="How long things take, in place of what the scenarios say.")
@click.option(
    "--timeout", type=click.FloatRange(0.1), default=60.0, show_default=True, help="Real seconds for each scenario."
)
@click.option("--intercept", is_flag=True, help="For clients with the service's address built in: go between.")
@click.option("--explore", is_flag=True, help="Try what could go wrong at each of the client's own requests.")
@click.option("--budget", type=click.FloatRange(0.1), help="With --explore: real seconds after which to stop.")
@click.option("--trials", type=click.IntRange(1), help="With --explore: so many trials at most.")
@click.option("--write", type=click.Path(file_okay=False, path_type=Path), help="With --explore: keep findings here.")
@click.option("--junit", type=OUTPUT, help="Write a JUnit file.")
@click.option("--html", type=OUTPUT, help="Write one page with a picture of each scenario.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@click.argument("command_line", nargs=-1, metavar="[-- COMMAND ...]", type=click.UNPROCESSED)
def command(command_line: tuple[str, ...], names: tuple[str, ...], everything: bool, **options: Any) -> None:
    """Run COMMAND in one world after another, and judge it by what the server saw: what it sent, and how it ended.

    It finds the emulator in PIAPI_BASE_URL, PIAPI_API_BASE, PIAPI_BASE (with /api/v1) and FAKESEED_URL, its key in
    PIAPI_API_KEY, PIAPI_KEY and FAKESEED_API_KEY. Exit 0: it held; 1: something was broken that counts, or is
    required and was not put to the test; 2: it could not be judged: it sent no request, or was stopped before its end.

    World time passes because the client waits: for programs in Python and JavaScript a pause of ten minutes moves the
    world by ten minutes and takes none of yours, and the limits of their requests stay real. Other programs run on
    libfaketime's clock where it is installed, at --rate or less, else in real time. The report says which it was.
    """
    if options["journal"] is not None:
        _judge_journal(command_line, options)
        return
    if not command_line:
        raise UsageError("there is no command to judge", "fakeseed judge -- python my_client.py")
    order = _run_options(command_line, options)
    _check(order, options["require"])
    if options["explore"]:
        if names or everything:
            raise UsageError("--explore makes its own worlds", "leave --scenario and --all out")
        _explore(order, options)
    else:
        _try_scenarios(order, _chosen(names, everything), options)


def _run_options(command_line: tuple[str, ...], options: dict[str, Any]) -> "RunOptions":
    from fakeseed.judge.run import RunOptions

    return RunOptions(
        command_line,
        dict(os.environ),
        options["rate"] or 80.0,
        options["timeout"],
        options["allow"],
        options["fail_on"],
        options["pace"],
        options["intercept"],
        options["require_struck"],
    )


def _around(options: dict[str, Any]) -> "Environment":
    from fakeseed.judge.run import plain

    return _intercepting() if options["intercept"] else plain


def _jobs(options: dict[str, Any]) -> int:
    return options["jobs"] or os.cpu_count() or 1


def has_faketime() -> bool:
    """Whether libfaketime is installed."""
    return import_module("fakeseed.runner.faketime").library() is not None


def _try_scenarios(order: "RunOptions", scenarios: "dict[str, Scenario | None]", options: dict[str, Any]) -> None:
    from fakeseed.judge.run import try_all

    finished: list[str] = []
    with Bar("scenarios", len(scenarios)) as bar:

        def tell(trial: "ClientRun") -> None:
            finished.append(trial.name)
            bar.update(len(finished), len(scenarios), trial.name)

        around, jobs, faketime = _around(options), _jobs(options), has_faketime()
        trials = try_all(order, scenarios, runner(), around=around, tell=tell, jobs=jobs, faketime=faketime)
    _report(trials, order, options)


def _explore(order: "RunOptions", options: dict[str, Any]) -> None:
    """Try what could go wrong at each request; tell what was found, and keep it where that was asked for."""
    from fakeseed.cli.explore_table import ExploreTable
    from fakeseed.judge.explore.clients import program
    from fakeseed.judge.explore.finding import write_findings
    from fakeseed.judge.explore.report import exploration_report, exploration_view
    from fakeseed.judge.explore.search import Budget, explore

    budget = Budget(options["budget"], options["trials"], _jobs(options))
    with (
        program(order, runner(), around=_around(options), faketime=has_faketime()) as attempt,
        ExploreTable() as table,
    ):
        exploration = explore(attempt, budget, tell=table.show)
    if exploration.calm.result != "held":
        _report([exploration.calm], order, options)
        return
    paths = write_findings(exploration.findings, options["write"]) if options["write"] else []
    if options["as_json"]:
        click.echo(json.dumps(exploration_view(exploration), indent=2))
    else:
        click.echo(exploration_report(exploration))
        for path in paths:
            click.echo(f"kept: {path}")
    sys.exit(0 if exploration.held else 1)


def _chosen(names: tuple[str, ...], everything: bool) -> "dict[str, Scenario | None]":
    """The scenarios that were asked for; without a word, the calm world alone."""
    from fakeseed.scenario.find import known_scenarios, read_named

    if everything and names:
        raise UsageError("say which: --scenario or --all", "list them: fakeseed scenario list")
    names_of_all = list(known_scenarios())
    selected = [*names_of_all] if everything else []
    for name in names:
        selected += [scenario for scenario in names_of_all if scenario.startswith(f"{name.rstrip('/')}/")] or [name]
    calm: dict[str, Scenario | None] = {} if names and CALM not in names else {CALM: None}
    return calm | {name: read_named(name, paths=True) for name in selected if name != CALM}


def _check(order: "RunOptions", required: tuple[str, ...]) -> None:
    """Refuse what is wrong before anything is run."""
    from fakeseed.judge.registry import rule_ids

    rule_ids([*order.allow, *_listed(required)])


def runner() -> "RunProcess":
    """What runs programs."""
    try:
        return cast("RunProcess", import_module("fakeseed.runner.process").run_child)
    except ModuleNotFoundError:
        raise UsageError("this installation cannot run programs", "judge a journal: --journal FILE") from None


def _intercepting() -> "Environment":
    """Surroundings in which the service's own address leads to the emulator, and no other leads anywhere."""
    try:
        intercepting = import_module("fakeseed.runner.proxy").intercepting
    except ModuleNotFoundError:
        raise UsageError("this installation cannot go between", "tell the client its base URL instead") from None

    def around(
        room: "Room", run: "Callable[[Mapping[str, str]], ProcessResult]"
    ) -> "tuple[ProcessResult, tuple[str, ...]]":
        with intercepting(room.client_url) as caught:
            room.relays.append(caught.proxy)
            try:
                return run(caught.env), tuple(caught.refused)
            finally:
                room.relays.clear()

    return around


def _report(runs: "list[ClientRun]", order: "RunOptions", options: dict[str, Any]) -> None:
    from fakeseed.judge.reports import exports
    from fakeseed.judge.reports.html_report import html_report
    from fakeseed.judge.reports.summary import summary_of
    from fakeseed.judge.reports.terminal import report

    if options["junit"] is not None:
        options["junit"].write_bytes(exports.as_junit(runs))
    if options["html"] is not None:
        options["html"].write_text(html_report(runs, shlex.join(order.command)), "utf-8")
    summary = summary_of(runs, _listed(options["require"]))
    click.echo(exports.as_json(runs) if options["as_json"] else report(runs, summary))
    sys.exit(summary.exit_code)


def _listed(values: tuple[str, ...]) -> list[str]:
    """Names that were given one by one or with commas between them."""
    return [name.strip() for value in values for name in value.split(",") if name.strip()]


def _judge_journal(command_line: tuple[str, ...], options: dict[str, Any]) -> None:
    """Judge a journal of a file, as one scenario in which nobody knows how the client ended."""
    from fakeseed.judge.client_run import ClientRun
    from fakeseed.judge.evaluate import judge
    from fakeseed.judge.run import RunOptions

    if command_line:
        raise UsageError("--journal and a command exclude each other", "judge the one or run the other")
    judgement = judge(options["journal"], allow=options["allow"], rate=options["rate"] or 1.0)
    trial = ClientRun(str(options["journal"]), "a journal", None, judgement, options["fail_on"])
    _report([trial], RunOptions(("--journal", str(options["journal"]))), options)
