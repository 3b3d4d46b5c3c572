"""What the machine's rules choose from: assets and tasks that there are at that moment, by key and label."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition

from .comparison import Side


def among(found: Callable[[Side], list[str]]) -> st.SearchStrategy[tuple[str, str]]:
    """A key and a label of its world, of those that there are now."""

    def choose(machine: Any) -> st.SearchStrategy[tuple[str, str]]:
        return st.sampled_from([(key, one) for key, side in machine.sides.items() for one in found(side)])

    return st.runner().flatmap(choose)


def some(found: Callable[[Side], list[str]]) -> Callable[[Any], Any]:
    """Only when there is something to choose from."""
    return precondition(lambda machine: any(found(side) for side in machine.sides.values()))


def any_asset(side: Side) -> list[str]:
    """Assets that are or were."""
    return [label for label in side.model.labels if label[0] == "a"]


def unheld(side: Side) -> list[str]:
    """Active tasks that go by themselves and wait for nothing."""
    return [one.label for one in side.model.tasks.values() if one.active and not one.waits_for]


def held(side: Side) -> list[str]:
    """Active tasks that wait to be released."""
    return [one.label for one in side.model.tasks.values() if one.held and one.active]


def managed(side: Side) -> list[str]:
    """Managed assets that control can fail."""
    wanted = ("Processing", "Active")
    return [one.label for one in side.model.assets.values() if one.owner is None and one.status in wanted]


def stuck(side: Side) -> list[str]:
    """Assets whose ingest never ends."""
    return [one.label for one in side.model.assets.values() if one.status == "Processing" and one.due is None]


def edges(side: Side) -> list[str]:
    """What ends at a known instant that lies ahead."""
    videos = [one.label for one in side.model.tasks.values() if one.output_until > side.model.now]
    return side.assets() + videos
