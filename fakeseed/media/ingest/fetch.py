"""Fetching a URL within limits of address, size and time, with every outcome a value."""

import asyncio
import re
from collections.abc import Callable, Coroutine

from fakeseed.media.ingest.addresses import AddressPolicy
from fakeseed.media.ingest.outcome import Fetched, Refused
from fakeseed.model.media import IngestFailure, failure

_SHOWN_CHARACTERS = 200


async def fetch(url: str, *, policy: AddressPolicy, max_bytes: int, seconds: float) -> Fetched | IngestFailure:
    """Download a file of at most `max_bytes`, in at most `seconds` from name lookup to last byte."""
    transfer = await asyncio.to_thread(_transfer)
    try:
        async with asyncio.timeout(seconds):
            return await transfer(url, policy=policy, max_bytes=max_bytes, seconds=seconds)
    except Refused as refused:
        return failure(refused.name, url=shown(url), **refused.details)
    except TimeoutError:
        return failure("DownloadTimeout", url=shown(url))


def _transfer() -> Callable[..., Coroutine[None, None, Fetched]]:
    """The part that needs httpx, which takes long to import: at the first fetch, and not on the event loop."""
    from fakeseed.media.ingest.transfer import transfer

    return transfer


def shown(url: str) -> str:
    """A URL fit for a message: without credentials, on one line, of bounded length."""
    bare = re.sub(r"(?<=//)[^/?#]*@", "", url)
    clean = "".join(character if character.isprintable() else "?" for character in bare[: _SHOWN_CHARACTERS + 1])
    return clean if len(clean) <= _SHOWN_CHARACTERS else clean[:_SHOWN_CHARACTERS] + "..."
