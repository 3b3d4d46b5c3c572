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


def output_of(*arguments: str) -> str:
    """What the command prints."""
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_the_page_for_people_is_fresh_and_travels_with_the_package() -> None:
    (folder,) = fakeseed.faults.__path__
    with open(f"{folder}/{docs.PAGE}", encoding="utf-8") as written:
        assert written.read() == docs.faults_page() == output_of("--page"), FRESH


def test_the_page_has_every_fault_under_its_group() -> None:
    headings = [row for row in docs.faults_page().splitlines() if row.startswith(("## ", "### "))]
    positions = {row.strip("# "): index for index, row in enumerate(headings)}
    groups = [positions[group] for group in docs.GROUPS]
    for name, kind in known_faults().items():
        assert sum(index < positions[name] for index in groups) - 1 == list(docs.GROUPS).index(kind.group)
    assert all(row.count("|") >= 3 for row in docs.faults_page().splitlines() if row.startswith("|"))


@pytest.mark.parametrize("name", known_faults())
def test_every_option_is_explained_and_every_example_is_taken(name: str) -> None:
    kind = known_faults()[name]
    assert [option.name for option in docs.options(kind)] == list(kind.__struct_encode_fields__)
    assert all(option.description and option.takes for option in docs.options(kind))
    order = json.loads(docs.example(name))
    assert prepared(order, 0).name == name
    output = output_of(name)
    assert all(f"option {option.name}\t" in output for option in docs.options(kind))
    assert all(f"condition {condition}\t" in output for condition in CONDITIONS)
    assert kind.correct in output
    assert docs.example(name) in output
    as_json = json.loads(output_of(name, "--json"))
    assert (as_json["fault"], as_json["needs a real socket"], as_json["example"]) == (name, kind.real_socket, order)


def test_every_condition_is_explained() -> None:
    assert all(option.description for option in docs.options(Condition))


def test_the_list() -> None:
    rows = [text.split("\t") for text in output_of().splitlines()]
    assert [row[0] for row in rows] == list(known_faults())
    assert ["reset", "socket"] in [row[:2] for row in rows]
    assert [row["fault"] for row in json.loads(output_of("--json"))] == list(known_faults())


def test_a_typo_gets_the_nearest_word() -> None:
    with pytest.raises(UsageError, match="no fault 'latensy'; did you mean 'latency'"):
        output_of("latensy")
    result = run("faults", "latensy")
    assert (result.returncode, result.stdout) == (2, "")
    assert "did you mean 'latency'" in result.stderr
