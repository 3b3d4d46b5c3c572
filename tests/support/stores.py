"""Stores for tests: each a fresh one, in memory, in an SQLite file or in a PostgreSQL database of its own."""

import asyncio
import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import pytest

from fakeseed.store.memory import MemoryStore
from fakeseed.store.sql.store import SqlStore
from fakeseed.world.tables import Store
from tests.support.postgres import Cluster, binary, cluster

KINDS = ("memory", "sqlite", "postgresql")
CHOSEN = os.environ.get("FAKESEED_TEST_STATE", "memory")
"""Where the worlds of the whole suite live."""


class OwnDatabase(SqlStore):
    """A store that makes its database when it is opened."""

    def __init__(self, server: Cluster, database: str, journal_bytes: int) -> None:
        super().__init__(server.url(database), journal_bytes)
        self._server, self._name = server, database
        self._making = asyncio.Lock()

    async def open(self) -> None:
        async with self._making:
            if not self._opened:
                await create_database(self._server, self._name)
        await super().open()


async def create_database(server: Cluster, name: str) -> None:
    """Make a database, unless it is there."""
    connection = await asyncpg.connect(server.url())
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        pass
    finally:
        await connection.close()


class Stores:
    """Makes stores; what they stand on goes away with it."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._numbers = itertools.count(1)
        self._folder: Path | None = None
        self._cluster: Cluster | None = None
        self.last = ""

    @property
    def server(self) -> Cluster:
        """A PostgreSQL server, started at the first call."""
        if binary("initdb") is None:
            pytest.skip("PostgreSQL is not installed here; .ci/run installs it")
        if self._cluster is None:
            self._cluster = self._stack.enter_context(cluster())
        return self._cluster

    @property
    def folder(self) -> Path:
        """A folder for files."""
        if self._folder is None:
            self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        return self._folder

    def url(self, kind: str) -> str:
        """The URL of a database that does not exist yet."""
        name = f"state{next(self._numbers)}"
        self.last = f"sqlite:///{self.folder}/{name}.db" if kind == "sqlite" else self.server.url(name)
        return self.last

    def make(self, kind: str = CHOSEN, journal_bytes: int = 8 * 1024 * 1024) -> Store:
        """A fresh store."""
        if kind == "memory":
            return MemoryStore(journal_bytes)
        url = self.url(kind)
        if kind == "sqlite":
            return SqlStore(url, journal_bytes)
        return OwnDatabase(self.server, url.rpartition("/")[2], journal_bytes)

    def close(self) -> None:
        """Take it all down."""
        self._stack.close()


def stores() -> Iterator[Stores]:
    """As a fixture."""
    factory = Stores()
    yield factory
    factory.close()
