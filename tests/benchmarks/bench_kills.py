"""Servers killed at random moments under load: what was acknowledged, lost, and done twice.

``python -m tests.benchmarks.bench_kills [sqlite|postgresql|first-start ...] [--kills N]``. Exit 1 where anything was
lost or doubled.
"""

import argparse
import asyncio
import itertools
from collections.abc import Iterator
from contextlib import closing

from rich.console import Console
from rich.table import Table

from fakeseed.world.clock import seconds_passed
from tests.support.killing import Account, kill, kill_at_first_start
from tests.support.stores import Stores, create_database

KILLS = {"sqlite": 300, "postgresql": 200, "first-start": 100}


def killed(kind: str, kills: int, stores: Stores) -> tuple[list[Account], str]:
    """What was found, and a note."""
    if kind == "first-start":
        accounts, unready = asyncio.run(kill_at_first_start(_fresh(stores), kills))
        return accounts, f"{unready} killed before they listened"
    url = stores.url(kind)
    if kind == "postgresql":
        asyncio.run(create_database(stores.server, url.rpartition("/")[2]))
    return [asyncio.run(kill(url, kills))], ""


def _fresh(stores: Stores) -> Iterator[str]:
    return (stores.url("sqlite") for _ in itertools.count())


def main() -> int:
    """Kill, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="|".join(KILLS))
    parser.add_argument("--kills", type=int)
    options = parser.parse_args()
    if wrong := set(options.kinds) - set(KILLS):
        parser.error(f"no {', '.join(sorted(wrong))}; there are {', '.join(KILLS)}")
    table = Table("where", "kills", "acknowledged", "lost", "doubled", "seconds", "")
    bad: list[str] = []
    with closing(Stores()) as stores:
        for kind in options.kinds or KILLS:
            kills, began = options.kills or KILLS[kind], seconds_passed()
            accounts, note = killed(kind, kills, stores)
            lost = [text for account in accounts for text in account.lost]
            doubled = [text for account in accounts for text in account.doubled]
            bad += lost + doubled
            acknowledged = sum(account.acknowledged for account in accounts)
            figures = (kills, acknowledged, len(lost), len(doubled), round(seconds_passed() - began))
            table.add_row(kind, *(f"{figure:,}" for figure in figures), note)
    Console(width=120).print(table)
    print(*bad[:20], sep="\n")
    return int(bool(bad))


if __name__ == "__main__":
    raise SystemExit(main())
