"""``fakeseed faults``."""

import click
import msgspec

from fakeseed.cli.tables import show
from fakeseed.errors import UsageError
from fakeseed.faults.arming import Condition
from fakeseed.faults.docs import Option, example, faults_page, more, options, seen_by_client, sentence
from fakeseed.faults.fault import Fault
from fakeseed.faults.registry import known_faults
from fakeseed.model.suggest import did_you_mean


@click.command()
@click.argument("name", required=False)
@click.option("--page", "as_page", is_flag=True, help="All of them as one page of Markdown.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
def command(name: str | None, as_page: bool, as_json: bool) -> None:
    """List what can go wrong on purpose, or show the one fault that NAME is."""
    faults = known_faults()
    if as_page:
        click.echo(faults_page(), nl=False)
    elif name is None:
        rows = [(fault, kind.group, sentence(kind), kind.routes[0]) for fault, kind in faults.items()]
        show(("fault", "group", "what happens", "by default on"), rows, as_json=as_json)
    elif name in faults:
        _show_one(name, faults[name], as_json)
    else:
        raise UsageError(f"no fault {name!r}{did_you_mean(name, faults)}", "see fakeseed faults")


def _show_one(name: str, kind: type[Fault], as_json: bool) -> None:
    if as_json:
        description = {
            "fault": name,
            "group": kind.group,
            "what happens": sentence(kind),
            "more": more(kind),
            "the client sees": kind.client_sees,
            "takes real time": kind.takes_real_time,
            "a correct client": kind.correct,
            "can be on": kind.routes,
            "needs a real socket": kind.real_socket,
            "options": options(kind),
            "conditions": options(Condition),
            "example": msgspec.json.decode(example(name)),
        }
        click.echo(msgspec.json.format(msgspec.json.encode(description), indent=2))
        return
    rows = [
        ("fault", name),
        ("group", kind.group),
        ("what happens", " ".join([sentence(kind), *more(kind)])),
        ("the client sees", seen_by_client(kind)),
        ("a correct client", kind.correct),
        ("can be on", ", ".join(kind.routes)),
        *([("needs", "a real socket")] if kind.real_socket else []),
        *((f"option {option.name}", _option_text(option)) for option in options(kind)),
        *((f"condition {option.name}", option.description) for option in options(Condition)),
        ("example", example(name)),
    ]
    show(("field", "value"), rows)


def _option_text(option: Option) -> str:
    return f"{option.description} ({option.takes}; default {option.default})"
