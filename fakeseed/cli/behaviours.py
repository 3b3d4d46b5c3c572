"""``fakeseed behaviours``."""

import click

from fakeseed.catalogue import MARKS, Behaviour, count, in_code, load, page, split
from fakeseed.cli.options import Word
from fakeseed.cli.tables import show
from fakeseed.errors import UsageError
from fakeseed.model.suggest import did_you_mean


@click.command()
@click.argument("name", required=False)
@click.option("--mark", type=Word("mark", MARKS), help="Only entries of this mark.")
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
    found = {key: entry for key, entry in catalogue.items() if key.startswith(name or "")}
    if name and not found:
        raise UsageError(f"no behaviour {name!r}{did_you_mean(name, catalogue)}", "see fakeseed behaviours")
    if name in catalogue and not mark and not outside:
        _show_one(name, catalogue[name], as_json)
        return
    found = {
        key: entry for key, entry in found.items() if mark in (None, entry.mark) and (entry.outside or not outside)
    }
    _show_all(found, as_json)


def _show_all(found: dict[str, Behaviour], as_json: bool) -> None:
    rows = [(key, entry.mark, "no" if entry.outside else "yes", entry.date, entry.says) for key, entry in found.items()]
    show(("behaviour", "mark", "emulated", "date", "what happens"), rows, as_json=as_json)
    if not as_json:
        emulated, left_out = split(found)
        said = f"{len(emulated)} behaviours ({count(emulated)}), {len(left_out)} not emulated ({count(left_out)})"
        click.echo(said, err=True)


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
    for marks in (*((one,) for one in MARKS), MARKS):
        names = [name for name, entry in emulated.items() if entry.mark in marks]
        held, left_out = sum(bool(checks[name]) for name in names), sum(one.mark in marks for one in outside.values())
        rows.append((marks[0] if len(marks) == 1 else "all", str(len(names)), str(held), str(left_out)))
    show(("mark", "emulated", "held by a check", "not emulated"), rows, as_json=as_json, headed=True)
    bare = [(name, "no check") for name, found in checks.items() if not found]
    idle = [(check, "holds no entry") for check in report.get("idle_checks", ())]
    if bare or idle:
        show(("entry or check", ""), [*bare, *idle], as_json=as_json)
