"""``fakeseed behaviours``."""

import click

from fakeseed.catalogue import MARKS, Behaviour, in_code, load, page
from fakeseed.cli.options import Word
from fakeseed.cli.tables import show
from fakeseed.errors import UsageError
from fakeseed.model.nearest import did_you_mean


@click.command()
@click.argument("name", required=False)
@click.option("--mark", type=Word("mark", MARKS), help="Only entries of this mark.")
@click.option("--coverage", is_flag=True, help="Which entries are held by checks of the contract suites.")
@click.option("--page", "as_page", is_flag=True, help="The whole catalogue as one page of Markdown.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
def command(name: str | None, mark: str | None, coverage: bool, as_page: bool, as_json: bool) -> None:
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
    if name in catalogue and not mark:
        _show_one(name, catalogue[name], as_json)
        return
    rows = [
        (key, entry.mark, entry.date, entry.says) for key, entry in found.items() if mark is None or entry.mark == mark
    ]
    show(("behaviour", "mark", "date", "what happens"), rows, as_json=as_json)
    if not as_json:
        counts = " · ".join(f"{sum(entry.mark == one for entry in found.values())} {one}" for one in MARKS)
        click.echo(f"{len(rows)} behaviours ({counts})", err=True)


def _show_one(name: str, entry: Behaviour, as_json: bool) -> None:
    rows = [
        ("id", name),
        ("what happens", entry.says),
        ("mark", entry.mark),
        ("source", entry.source),
        ("date", entry.date),
        ("note", entry.note or "-"),
        ("in code", in_code().get(name, "-")),
    ]
    show(("field", "value"), rows, as_json=as_json)


def _show_coverage(as_json: bool) -> None:
    """Entries by mark and by whether a check holds them; then those that none holds, and checks that hold none."""
    from fakeseed.verify.run import Order, run

    report = run(Order(collect_only=True)).report
    checks = {name: entry["known_checks"] for name, entry in report["behaviours"].items()}
    catalogue = load()
    rows: list[tuple[str, str, str]] = []
    for one in MARKS:
        names = [name for name, entry in catalogue.items() if entry.mark == one]
        rows.append((one, str(len(names)), str(sum(bool(checks[name]) for name in names))))
    rows.append(("all", str(len(catalogue)), str(sum(map(bool, checks.values())))))
    show(("mark", "entries", "held by a check"), rows, as_json=as_json, headed=True)
    bare = [(name, "no check") for name, found in checks.items() if not found]
    idle = [(check, "holds no entry") for check in report.get("idle_checks", ())]
    if bare or idle:
        show(("entry or check", ""), [*bare, *idle], as_json=as_json)
