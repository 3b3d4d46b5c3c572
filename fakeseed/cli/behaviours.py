"""``fakeseed behaviours``."""

import click

from fakeseed.catalogue import MARKS, Behaviour, count, in_code, load, page, split
from fakeseed.cli.options import TableChoice
from fakeseed.cli.tables import show
from fakeseed.errors import UsageError
from fakeseed.model.suggest import did_you_mean


@click.command()
@click.argument("name", required=False)
@click.option("--mark", type=TableChoice("mark", MARKS), help="Only entries of this mark.")
@click.option("--outside", is_flag=True, help="Only what is known of the service and not emulated.")
@click.option("--coverage", is_flag=True, help="Which entries are held by checks of the contract suites.")
@click.option("--page", "as_page", is_flag=True, help="The whole catalogue as one page of Markdown.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
def command(name: str | None, mark: str | None, outside: bool, coverage: bool, as_page: bool, as_json: bool) -> None:
    """List behaviours, those whose id begins with NAME, or show the one that NAME is."""
    catalogue = load()
    if as_page:
        click.echo(page(), nl=False)
        return
    if coverage:
        _show_coverage(as_json)
        return
    matching = {key: entry for key, entry in catalogue.items() if key.startswith(name or "")}
    if name and not matching:
        raise UsageError(f"no behaviour {name!r}{did_you_mean(name, catalogue)}", "see fakeseed behaviours")
    if name in catalogue and not mark and not outside:
        _show_one(name, catalogue[name], as_json)
        return
    matching = {
        key: entry for key, entry in matching.items() if mark in (None, entry.mark) and (entry.outside or not outside)
    }
    _show_all(matching, as_json)


def _show_all(behaviours: dict[str, Behaviour], as_json: bool) -> None:
    rows = [
        (key, entry.mark, "no" if entry.outside else "yes", entry.date, entry.says) for key, entry in behaviours.items()
    ]
    show(("behaviour", "mark", "emulated", "date", "what happens"), rows, as_json=as_json)
    if not as_json:
        emulated, left_out = split(behaviours)
        summary = f"{len(emulated)} behaviours ({count(emulated)}), {len(left_out)} not emulated ({count(left_out)})"
        click.echo(summary, err=True)


def _show_one(name: str, entry: Behaviour, as_json: bool) -> None:
    rows = [
        ("id", name),
        ("what happens", entry.says),
        ("mark", entry.mark),
        ("source", entry.source),
        ("date", entry.date),
        ("note", entry.note or "-"),
        ("in code", in_code().get(name, "-")),
        ("not emulated", entry.outside or "-"),
    ]
    show(("field", "value"), rows, as_json=as_json)


def _show_coverage(as_json: bool) -> None:
    """Entries by mark and by whether a check holds them; then those that none holds, and checks that hold none.

    What is not emulated is counted apart.
    """
    from fakeseed.verify.run import VerifyOptions, run

    report = run(VerifyOptions(collect_only=True)).report
    checks = {name: entry["known_checks"] for name, entry in report["behaviours"].items()}
    emulated, outside = split(load())
    rows: list[tuple[str, ...]] = []
    for title, marks in (*((mark, (mark,)) for mark in MARKS), ("all", MARKS)):
        names = [name for name, entry in emulated.items() if entry.mark in marks]
        checked = sum(bool(checks[name]) for name in names)
        left_out = sum(entry.mark in marks for entry in outside.values())
        rows.append((title, str(len(names)), str(checked), str(left_out)))
    show(("mark", "emulated", "held by a check", "not emulated"), rows, as_json=as_json, headed=True)
    bare = [(name, "no check") for name, holders in checks.items() if not holders]
    idle = [(check, "holds no entry") for check in report.get("idle_checks", ())]
    if bare or idle:
        show(("entry or check", ""), [*bare, *idle], as_json=as_json)
