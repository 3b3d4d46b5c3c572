"""``fakeseed rules``."""

import click

from fakeseed.cli.options import TableChoice
from fakeseed.cli.tables import show
from fakeseed.errors import UsageError
from fakeseed.judge.docs import rules_page
from fakeseed.judge.registry import AREAS, known_rules, rule_ids
from fakeseed.judge.rule import SEVERITIES


@click.command()
@click.argument("name", required=False)
@click.option("--severity", type=TableChoice("severity", SEVERITIES), help="Only rules of this severity.")
@click.option("--page", "as_page", is_flag=True, help="All rules as one page of Markdown.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
def command(name: str | None, severity: str | None, as_page: bool, as_json: bool) -> None:
    """List the rules of the judge, those of an area, or show the one that NAME is."""
    if as_page:
        click.echo(rules_page(), nl=False)
        return
    chosen = rule_ids([name]) if name else [*known_rules()]
    if name and name not in AREAS and len(chosen) == 1:
        _show_one(chosen[0], as_json)
        return
    rules = {rule: known_rules()[rule] for rule in chosen if severity in (None, known_rules()[rule].severity)}
    if not rules:
        raise UsageError(f"no rules of severity {severity!r} in {name!r}", "see fakeseed rules")
    rows = [(rule, entry.severity, entry.statement) for rule, entry in rules.items()]
    show(("rule", "severity", "a correct client"), rows, as_json=as_json)


def _show_one(name: str, as_json: bool) -> None:
    rule = known_rules()[name]
    rows = [
        ("rule", name),
        ("a correct client", rule.statement),
        ("why", rule.rationale),
        ("source", rule.source),
        ("severity", rule.severity),
        ("evidence", rule.evidence),
        ("allow it", f"--allow {name}, or allow=[{name!r}], where {rule.exception}"),
    ]
    show(("field", "value"), rows, as_json=as_json)
