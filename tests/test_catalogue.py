"""The catalogue and the code carry the same behaviours."""

import pytest

from fakeseed.catalogue import MARKS, PAGE, folder, in_code, load, page


def test_catalogue_and_code_are_the_same_set() -> None:
    entries, carried = load(), in_code()
    assert sorted(carried.keys() - entries.keys()) == [], "carried by code, missing from the catalogue"
    assert sorted(entries.keys() - carried.keys()) == [], "in the catalogue, carried by no code"


@pytest.mark.parametrize("name", sorted(load()))
def test_entry_is_honest(name: str) -> None:
    entry = load()[name]
    assert entry.mark in MARKS
    assert entry.source.startswith("https://")
    assert len(entry.says) >= 20
    assert entry.date[:4] == "2026"


def test_the_page_for_people_is_fresh() -> None:
    written = (folder() / PAGE).read_text("utf-8")
    assert written == page(), "renew it: fakeseed behaviours --page > contracts/BEHAVIOURS.md"


def test_no_entry_stands_twice() -> None:
    names = [line for path in (folder() / "behaviours").glob("*.toml") for line in path.read_text().splitlines()]
    heads = [line for line in names if line.startswith("[")]
    assert len(heads) == len(set(heads))
