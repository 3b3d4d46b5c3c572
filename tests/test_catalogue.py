"""The catalogue and the code carry the same behaviours."""

import pytest

from fakeseed.catalogue import MARKS, PAGE, folder, in_code, load, page, split


def test_catalogue_and_code_are_the_same_set() -> None:
    (emulated, outside), carried = split(load()), in_code()
    assert sorted(carried.keys() & outside.keys()) == [], "carried by code, though said not to be emulated"
    assert sorted(carried.keys() - emulated.keys()) == [], "carried by code, missing from the catalogue"
    assert sorted(emulated.keys() - carried.keys()) == [], "in the catalogue, carried by no code"


@pytest.mark.parametrize("name", sorted(load()))
def test_entry_is_honest(name: str) -> None:
    entry = load()[name]
    assert entry.mark in MARKS
    assert entry.source.startswith("https://")
    assert len(entry.says) >= 20
    assert entry.date[:4] in ("2025", "2026")
    assert not entry.outside or len(entry.outside) >= 20, "why it is not emulated"


def test_the_page_for_people_is_fresh() -> None:
    written = (folder() / PAGE).read_text("utf-8")
    assert written == page(), "renew it: fakeseed behaviours --page > contracts/BEHAVIOURS.md"


def test_the_page_counts_what_is_not_emulated_apart() -> None:
    emulated, outside = split(load())
    emulated_part, _, outside_part = page().partition("## Not emulated")
    assert len(outside) > 20
    assert sum(f"| `{name}` |" in emulated_part for name in emulated) == len(emulated)
    rows = [row for row in outside_part.splitlines() if row.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == list(outside)
    assert all("Not emulated: " in row for row in rows)


def test_no_entry_stands_twice() -> None:
    names = [row for path in (folder() / "behaviours").glob("*.toml") for row in path.read_text().splitlines()]
    heads = [row for row in names if row.startswith("[")]
    assert len(heads) == len(set(heads))
