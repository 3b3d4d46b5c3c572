"""``GET copy``: a request, or all since one, as something that runs."""

from starlette.requests import Request

from fakeseed.control.copy_as.recording import recorded, with_makers
from fakeseed.control.copy_as.tests import ALONE, FORMS, setting_of
from fakeseed.control.endpoint import ControlApiError, ControlApp, number
from fakeseed.errors import UsageError
from fakeseed.model.suggest import did_you_mean
from fakeseed.world.journal import RequestEntry
from fakeseed.world.world import World

MAX_COPIED = 1000
"""Requests in one copy."""


async def copy(control: ControlApp, world_name: str, request: Request) -> object:
    """``GET copy``: ``form``, and either ``seq`` (one request) or ``since`` (that one and all after it)."""
    query = dict(request.query_params)
    form = query.get("form", "")
    if form not in FORMS:
        raise UsageError(f"unknown form {form[:40]!r}{did_you_mean(form, FORMS)}", f"use one of {', '.join(FORMS)}")
    if ("seq" in query) == ("since" in query):
        raise UsageError("say either seq or since", "the number of a request in the journal")
    alone = "seq" in query
    first = number(request, "seq" if alone else "since", 1, 1)
    return await control.engine.look(world_name, lambda world: {"form": form, "text": _text(world, form, first, alone)})


def _text(world: World, form: str, first: int, alone: bool) -> str:
    entries = [entry for entry in world.tables.journal.since(0) if isinstance(entry, RequestEntry)]
    chosen = [entry for entry in entries if (entry.seq == first if alone else entry.seq >= first)]
    if not chosen:
        raise ControlApiError(404, f"entry {first} is no request of the journal", "GET journal?kind=request shows them")
    if len(chosen) > MAX_COPIED:
        raise UsageError(
            f"{len(chosen)} requests are too many for one copy", f"take a later one; {MAX_COPIED} are copied"
        )
    whole = chosen if alone and form in ALONE else with_makers(entries, chosen)
    steps = recorded(whole, variables=not (alone and form in ALONE))
    return FORMS[form](steps, setting_of(world, whole[0].at))
