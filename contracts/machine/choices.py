"""What the machine's rules choose from: assets and tasks that there are at that moment, by key and label."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition

from .comparison import ComparedWorld


def among(labels_of: Callable[[ComparedWorld], list[str]]) -> st.SearchStrategy[tuple[str, str]]:
    """A key and a label of its world, of those that there are now."""

    def choose(machine: Any) -> st.SearchStrategy[tuple[str, str]]:
        return st.sampled_from(
            [(key, label) for key, compared in machine.worlds.items() for label in labels_of(compared)]
        )

    return st.runner().flatmap(choose)


def some(labels_of: Callable[[ComparedWorld], list[str]]) -> Callable[[Any], Any]:
    """Only when there is something to choose from."""
    return precondition(lambda machine: any(labels_of(compared) for compared in machine.worlds.values()))


def any_asset(compared: ComparedWorld) -> list[str]:
    """Assets that are or were."""
    return [label for label in compared.model.labels if label[0] == "a"]


def unheld(compared: ComparedWorld) -> list[str]:
    """Active tasks that go by themselves and wait for nothing."""
    return [task.label for task in compared.model.tasks.values() if task.active and not task.waits_for]


def held(compared: ComparedWorld) -> list[str]:
    """Active tasks that wait to be released."""
    return [task.label for task in compared.model.tasks.values() if task.on_hold and task.active]


def managed(compared: ComparedWorld) -> list[str]:
    """Managed assets that control can fail."""
    statuses = ("Processing", "Active")
    return [asset.label for asset in compared.model.assets.values() if asset.owner is None and asset.status in statuses]


def stuck(compared: ComparedWorld) -> list[str]:
    """Assets whose ingest never ends."""
    return [
        asset.label for asset in compared.model.assets.values() if asset.status == "Processing" and asset.due is None
    ]


def edges(compared: ComparedWorld) -> list[str]:
    """What ends at a known instant that lies ahead."""
    videos = [task.label for task in compared.model.tasks.values() if task.output_until > compared.model.now]
    return compared.assets() + videos
