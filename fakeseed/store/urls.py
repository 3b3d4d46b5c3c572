"""Where worlds live, from what the person who starts fakeseed says."""

from fakeseed.errors import UsageError
from fakeseed.store.memory import MemoryStore
from fakeseed.world.settings import MAX_WORLDS
from fakeseed.world.tables import Store

MEMORY = "memory"


def store_at(state: str, journal_bytes: int, max_worlds: int = MAX_WORLDS) -> Store:
    """The store that a state names: ``memory``, or a database's URL. Raises UsageError."""
    if state == MEMORY:
        return MemoryStore(journal_bytes, max_worlds)
    try:
        from fakeseed.store.sql.store import SqlStore  # takes 300 ms, and most servers keep their worlds in memory
    except ModuleNotFoundError as missing:
        if not (missing.name or "").startswith("sqlalchemy"):
            raise
        raise UsageError("a database needs packages that are not here", "pip install 'fakeseed[sql]'") from None
    return SqlStore(state, journal_bytes)
