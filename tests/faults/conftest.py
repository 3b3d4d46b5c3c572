"""One server for all tests of faults that show themselves on the wire; each test has a key and a world of its own."""

from collections.abc import Iterator

import pytest

from fakeseed.model.times import parse_instant
from fakeseed.server.app import App
from fakeseed.server.run import in_thread
from fakeseed.world.settings import Settings
from tests.conftest import START
from tests.support.faults import NUMBERS, Emulate, Hooked, Receiver, Wire


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a server that stands at a fixed time."""
    with in_thread(App(Settings(freeze_at=parse_instant(START)))) as url:
        yield url


@pytest.fixture
def wire(server: str) -> Iterator[Wire]:
    """A client with a fresh world."""
    client = Wire(server, f"wire-{next(NUMBERS)}")
    yield client
    client.close()


@pytest.fixture
def hooked(emulate: Emulate) -> Hooked:
    """A world in this process whose webhooks are kept."""
    receiver = Receiver()
    return Hooked(emulate(webhooks=receiver), receiver)
