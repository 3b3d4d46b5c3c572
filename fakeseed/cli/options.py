"""Option types that several commands share."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

import click

from fakeseed.model.outcome_plan import PACES
from fakeseed.model.plans import PLANS
from fakeseed.model.profiles import PROFILES
from fakeseed.model.references import is_http_url
from fakeseed.model.suggest import did_you_mean
from fakeseed.model.times import parse_instant
from fakeseed.world.settings import IngestMode


class TableChoice(click.Choice[str]):
    """One of a table's words, with the nearest one for a typo."""

    def __init__(self, noun: str, choices: Iterable[str]) -> None:
        super().__init__(list(choices))
        self._noun = noun

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word, if the table has it."""
        if value in self.choices:
            return value
        choices = ", ".join(self.choices)
        problem = f"unknown {self._noun} {value!r}{did_you_mean(value, self.choices)} (known: {choices})"
        raise click.BadParameter(problem, ctx, param)


class OutputFile(click.Path):
    """A file that is written at the end; that it cannot be is said before the work, not after."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True, path_type=Path)

    def convert(
        self, value: "str | os.PathLike[str]", param: click.Parameter | None, ctx: click.Context | None
    ) -> "str | bytes | os.PathLike[str]":
        """The path, if there is a folder for it."""
        path = Path(value)
        if not path.parent.is_dir():
            raise click.BadParameter(f"{path} cannot be written: there is no folder {path.parent}", ctx, param)
        if not path.exists() and not os.access(path.parent, os.W_OK):
            raise click.BadParameter(f"{path} cannot be written: its folder may not be changed", ctx, param)
        return super().convert(value, param, ctx)


OUTPUT = OutputFile()
PLAN = TableChoice("plan", PLANS)
PROFILE = TableChoice("profile", PROFILES)
PACE = TableChoice("pace", PACES)
INGEST = TableChoice("ingest mode", get_args(IngestMode))


def instant_option(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    """A time given on the command line as an instant."""
    if value is None:
        return None
    try:
        return parse_instant(value)
    except ValueError as problem:
        raise click.BadParameter(str(problem)) from None


def url_option(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """An http(s) URL given on the command line."""
    if value is None or is_http_url(value):
        return value
    raise click.BadParameter(f"{value!r} is not an http(s) URL; write http://host:port")
