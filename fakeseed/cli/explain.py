"""``fakeseed explain``: why a request got its answer, and when it would have got another."""

from collections.abc import Iterator

import click

from fakeseed.cli.remote import Json, Remote, clock_line, remote


@click.command()
@click.argument("seq", type=click.IntRange(1))
@click.option(
    "--advance", "forward", is_flag=True, help="Move the clock to the earliest moment at which it would pass."
)
@remote
def command(world: Remote, seq: int, forward: bool) -> None:
    """Explain the request with number SEQ of the journal."""
    with world.control() as control:
        answer = control.explain(seq)
        earliest = answer.get("earliest")
        moved = control.advance(to=earliest["at"])["clock"] if forward and earliest else None
    world.show(answer, _lines(answer, moved))


def _lines(answer: Json, moved: Json | None) -> Iterator[str]:
    yield f"#{answer['seq']} {answer['request']} → {answer['status']}: {answer['outcome']}"
    yield answer["because"]
    if behaviour := answer.get("behaviour"):
        yield f"behaviour {behaviour['id']}, {behaviour.get('mark', 'unmarked')}: {behaviour.get('source', '')}"
    for line in (*answer.get("history", ()), *answer.get("led_to", ())):
        yield f"  #{line['seq']} {line['at']}  {line['line']}"
    if earliest := answer.get("earliest"):
        yield f"it would pass from {earliest['at']} on, {earliest['after']} after it came"
        yield clock_line(moved) if moved else f"  fakeseed explain {answer['seq']} --advance goes there"
    if reason := answer.get("not_by_waiting"):
        yield f"waiting does not help: {reason}"
