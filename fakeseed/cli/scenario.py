"""``fakeseed scenario list | show | run | check | new``."""

import sys
from pathlib import Path

import click

from fakeseed.cli.options import OUTPUT
from fakeseed.cli.progress import Bar
from fakeseed.cli.tables import show
from fakeseed.errors import UsageError
from fakeseed.scenario.find import find_scenario, known_scenarios, read_file, read_named
from fakeseed.world.clock import system_time

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def command() -> None:
    """Troubles as files: what is there, running them, writing one's own."""


@command.command("list")
@click.argument("group", required=False)
@click.option("--page", "as_page", is_flag=True, help="All of them as one page of Markdown.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
def list_all(group: str | None, as_page: bool, as_json: bool) -> None:
    """List scenarios, those of GROUP or all."""
    if as_page:
        from fakeseed.scenario.docs import scenarios_page

        click.echo(scenarios_page(), nl=False)
        return
    rows = []
    for name, path in known_scenarios().items():
        if name.startswith(group or ""):
            scenario = read_file(path)
            rows.append(
                (name, scenario.title, ", ".join(dict.fromkeys(str(fault["fault"]) for fault in scenario.faults)))
            )
    if not rows:
        groups = dict.fromkeys(name.partition("/")[0] for name in known_scenarios())
        raise UsageError(f"no scenarios in {group!r}", f"groups: {', '.join(groups)}")
    show(("scenario", "trouble", "faults"), rows, as_json=as_json)


@command.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
def show_one(name: str, as_json: bool) -> None:
    """Show what NAME is about, and its file."""
    path = find_scenario(name, paths=True)
    scenario = read_file(path)
    rows = [
        ("trouble", scenario.title),
        ("about", scenario.about.strip()),
        ("a correct client", scenario.client.strip()),
        ("source", scenario.source),
        ("file", str(path)),
    ]
    show(("field", "value"), rows, as_json=as_json)
    if not as_json:
        click.echo("\n" + path.read_text("utf-8"), nl=False)


@command.command("check")
@click.argument("files", nargs=-1, required=True)
def check_files(files: tuple[str, ...]) -> None:
    """Say whether FILES are well formed; exit 2 with file, line and key when one is not."""
    for name in files:
        scenario = read_named(name, paths=True)
        click.echo(f"{name}: well formed ({len(scenario.steps)} steps, {len(scenario.faults)} faults)")


@command.command("run")
@click.argument("names", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every scenario that travels with fakeseed.")
@click.option("--twice", is_flag=True, help="Each twice, with journals that must be the same byte for byte.")
@click.option("--junit", type=OUTPUT, help="Write a JUnit file.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
def run_some(names: tuple[str, ...], everything: bool, twice: bool, junit: Path | None, as_json: bool) -> None:
    """Play scenarios, by name or path. Exit 0: all as expected; 1: not; 2: one cannot be read."""
    from fakeseed.scenario_runner.run import as_json as report_json
    from fakeseed.scenario_runner.run import as_junit, run

    if everything == bool(names):
        raise UsageError("say which: NAMES or --all", "list them: fakeseed scenario list")
    chosen = {name: read_named(name, paths=True) for name in (known_scenarios() if everything else names)}
    finished: list[str] = []
    with Bar("scenarios", len(chosen)) as bar:

        def tell(name: str) -> None:
            finished.append(name)
            bar.update(len(finished), len(chosen), name)

        results = run(chosen, system_time, lambda result: tell(result.name), twice=twice)
    if junit is not None:
        junit.write_bytes(as_junit(results))
    if as_json:
        click.echo(report_json(results))
    else:
        rows = [
            (
                result.name,
                "passed" if result.passed else "FAILED",
                str(result.steps),
                f"{1000 * result.seconds:.0f} ms",
                ", ".join(f"{count} x {fault}" for fault, count in result.fired.items()),
            )
            for result in results
        ]
        show(("scenario", "result", "steps", "took", "faults that struck"), rows, headed=True)
        for result in results:
            for problem in result.problems:
                click.echo(f"{result.name}: {problem}", err=True)
        passed, runs = sum(result.passed for result in results), ", each twice with the same journal" if twice else ""
        click.echo(f"{passed} of {len(results)} scenarios as expected{runs}", err=True)
    sys.exit(0 if all(result.passed for result in results) else 1)


@command.command("schema")
def schema() -> None:
    """Print the JSON schema of a scenario's file, for editors."""
    from fakeseed.scenario.schema import schema_text

    click.echo(schema_text(), nl=False)


@command.command("new")
@click.argument("file", type=OUTPUT, required=False)
def new(file: Path | None) -> None:
    """Write a scenario to begin with into FILE, or print it."""
    if file is None:
        click.echo(TEMPLATE, nl=False)
        return
    if file.exists():
        raise UsageError(f"{file} is there already", "choose another name")
    file.write_text(TEMPLATE, "utf-8")
    click.echo(f"wrote {file}; try: fakeseed scenario run {file}", err=True)


TEMPLATE = """\
title: The trouble in a few words
about: >
  What happens, and which real bug or document it comes from.
client: >
  What a correct client does.
source: https://example.com/the-bug
world:
  plan: creator            # free, hobbyist, creator, developer, premium, enterprise
  points: 50000000         # 10,000,000 points are one dollar
  # at: 2026-06-07T15:41:23Z
  # pace: fast             # instant, fast, realistic
  assets:
    - as: hero
      url: https://cdn.example/hero.jpg
faults:
  - fault: status          # fakeseed faults lists them all
    on: GET task
    nth: [1, 2]
    status: 503
timeline:
  - at: 1h
    set: {points: 0}
steps:
  - create: {task_type: seedance-2-less-restriction, input: {image_urls: ["asset://${hero}"]}}
    as: video
  - wait: {task: video, until: completed, every: 5s, within: 10m}
  - download: video
    expect: {status: 200, bytes: ">10000"}
expect:
  tasks:
    video: {status: completed}
  charges: 1
  faults: {status: 2}
"""
