"""What the faults say about themselves: the command and the page."""

import json

import pytest
from click.testing import CliRunner

import fakeseed.faults
from fakeseed.cli.faults import command
from fakeseed.errors import UsageError
from fakeseed.faults import docs
from fakeseed.faults.arming import CONDITIONS, Condition, prepared
from fakeseed.faults.registry import known_faults
from tests.cli.test_cli import run

FRESH = "renew it: fakeseed faults --page > fakeseed/faults/README.md"


def told(*words: str) -> str:
    """What the command prints."""
    done = CliRunner().invoke(command, words, catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_the_page_for_people_is_fresh_and_travels_with_the_package() -> None:
    (folder,) = fakeseed.faults.__path__
    with open(f"{folder}/{docs.PAGE}", encoding="utf-8") as written:
        assert written.read() == docs.faults_page() == told("--page"), FRESH


def test_the_page_has_every_fault_under_its_group() -> None:
    headings = [line for line in docs.faults_page().splitlines() if line.startswith(("## ", "### "))]
    places = {line.strip("# "): place for place, line in enumerate(headings)}
    groups = [places[group] for group in docs.GROUPS]
    for name, kind in known_faults().items():
        assert sum(place < places[name] for place in groups) - 1 == list(docs.GROUPS).index(kind.group)
    assert all(line.count("|") >= 3 for line in docs.faults_page().splitlines() if line.startswith("|"))


@pytest.mark.parametrize("name", known_faults())
def test_every_option_is_explained_and_every_example_is_taken(name: str) -> None:
    kind = known_faults()[name]
    assert [option.name for option in docs.options(kind)] == list(kind.__struct_encode_fields__)
    assert all(option.says and option.takes for option in docs.options(kind))
    order = json.loads(docs.example(name))
    assert prepared(order, 0).name == name
    shown = told(name)
    assert all(f"option {option.name}\t" in shown for option in docs.options(kind))
    assert all(f"condition {word}\t" in shown for word in CONDITIONS)
    assert kind.correct in shown
    assert docs.example(name) in shown
    found = json.loads(told(name, "--json"))
    assert (found["fault"], found["needs a real socket"], found["example"]) == (name, kind.real_socket, order)


def test_every_condition_is_explained() -> None:
    assert all(option.says for option in docs.options(Condition))


def test_the_list() -> None:
    rows = [line.split("\t") for line in told().splitlines()]
    assert [row[0] for row in rows] == list(known_faults())
    assert ["reset", "socket"] in [row[:2] for row in rows]
    assert [row["fault"] for row in json.loads(told("--json"))] == list(known_faults())


def test_a_typo_gets_the_nearest_word() -> None:
    with pytest.raises(UsageError, match="no fault 'latensy'; did you mean 'latency'"):
        told("latensy")
    done = run("faults", "latensy")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean 'latency'" in done.stderr
