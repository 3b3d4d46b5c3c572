"""The JUnit writer: counts, outcomes, and text that XML cannot hold."""

from xml.etree import ElementTree

import pytest

from fakeseed.junit import Outcome, TestCase, TestSuite, junit_xml


def parsed(*cases: TestCase, **suite: object) -> ElementTree.Element:
    """The one suite of a file that was written and read again."""
    (element,) = ElementTree.fromstring(junit_xml([TestSuite("suite", cases, **suite)], "all"))  # type: ignore[arg-type]
    return element


def test_a_suite_counts_its_cases_by_outcome() -> None:
    outcomes: tuple[Outcome, ...] = ("passed", "failure", "failure", "error", "skipped")
    suite = parsed(*(TestCase("group", outcome, outcome) for outcome in outcomes), seconds=1.23456)
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped", "time", "name")}
    assert counts == {
        "tests": "5",
        "failures": "2",
        "errors": "1",
        "skipped": "1",
        "time": "1.235",
        "name": "suite",
    }
    assert [len(case) for case in suite] == [0, 1, 1, 1, 1]


def test_what_went_wrong_has_its_message_and_its_text() -> None:
    (case,) = parsed(TestCase("group", "name", "failure", "expected 1 & got <2>", "line 1\nline 2", 0.5))
    assert (case.get("classname"), case.get("name"), case.get("time")) == ("group", "name", "0.500")
    (failure,) = case
    assert (failure.tag, failure.get("message"), failure.text) == ("failure", "expected 1 & got <2>", "line 1\nline 2")


def test_output_stands_under_what_passed_and_under_the_suite() -> None:
    suite = parsed(TestCase("group", "name", text="allowed"), output="said")
    assert [element.text for element in suite.iter("system-out")] == ["allowed", "said"]


@pytest.mark.parametrize("text", ["\x00", "\x1b[31m", "\ud800", "\ufffe"])
def test_characters_that_xml_cannot_hold_are_replaced(text: str) -> None:
    suite = parsed(TestCase("group", "name", "error", text, text), output=text)
    assert "\ufffd" in (suite[0][0].get("message") or "")
    assert "\ufffd" in (suite[0][0].text or "")
    assert "\ufffd" in (suite[1].text or "")
