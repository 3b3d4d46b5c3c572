"""``fakeseed faults``."""

import click
import msgspec

from fakeseed.cli.tables import show
from fakeseed.errors import UsageError
from fakeseed.faults.arming import Condition
from fakeseed.faults.docs import Option, example, faults_page, more, options, sentence
from fakeseed.faults.fault import Fault
from fakeseed.faults.registry import known_faults
from fakeseed.model.suggest import did_you_mean


@click.command()
@click.argument("name", required=False)
@click.option("--page", "as_page", is_flag=True, help="All of them as one page of Markdown.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
def command(name: str | None, as_page: bool, as_json: bool) -> None:
    """List what can go wrong on purpose, or show the one fault that NAME is."""
    known = known_faults()
    if as_page:
        click.echo(faults_page(), nl=False)
    elif name is None:
        rows = [(one, kind.group, sentence(kind), kind.routes[0]) for one, kind in known.items()]
        show(("fault", "group", "what happens", "by default on"), rows, as_json=as_json)
    elif name in known:
        _show_one(name, known[name], as_json)
    else:
        raise UsageError(f"no fault {name!r}{did_you_mean(name, known)}", "see fakeseed faults")


def _show_one(name: str, kind: type[Fault], as_json: bool) -> None:
    if as_json:
        shown = {
            "fault": name,
            "group": kind.group,
            "what happens": sentence(kind),
            "more": more(kind),
            "a correct client": kind.correct,
            "can be on": kind.routes,
            "needs a real socket": kind.real_socket,
            "options": options(kind),
            "conditions": options(Condition),
            "example": msgspec.json.decode(example(name)),
        }
        click.echo(msgspec.json.format(msgspec.json.encode(shown), indent=2))
        return
    rows = [
        ("fault", name),
        ("group", kind.group),
        ("what happens", " ".join([sentence(kind), *more(kind)])),
        ("a correct client", kind.correct),
        ("can be on", ", ".join(kind.routes)),
        *([("needs", "a real socket")] if kind.real_socket else []),
        *((f"option {option.name}", _told(option)) for option in options(kind)),
        *((f"condition {option.name}", option.says) for option in options(Condition)),
        ("example", example(name)),
    ]
    show(("field", "value"), rows)


def _told(option: Option) -> str:
    return f"{option.says} ({option.takes}; default {option.default})"
