"""JUnit files, as CI servers read them: the one writer for scenarios and for the judge."""

import re
from collections.abc import Iterable
from typing import Literal
from xml.etree import ElementTree

import msgspec

Outcome = Literal["passed", "failure", "error", "skipped"]
_COUNTS: dict[str, Outcome] = {"failures": "failure", "errors": "error", "skipped": "skipped"}
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class TestCase(msgspec.Struct, frozen=True):
    """One case. ``text`` stands under what went wrong; of a case that passed it is the output."""

    __test__ = False  # pytest takes a class of this name for tests

    group: str
    name: str
    outcome: Outcome = "passed"
    message: str = ""
    text: str = ""
    seconds: float | None = None


class TestSuite(msgspec.Struct, frozen=True):
    """Cases that belong together, with what was printed meanwhile."""

    __test__ = False

    name: str
    cases: tuple[TestCase, ...]
    seconds: float | None = None
    output: str = ""


def junit_xml(suites: Iterable[TestSuite], name: str) -> bytes:
    """Suites as a JUnit file; characters that XML cannot hold are replaced."""
    root = ElementTree.Element("testsuites", name=name)
    root.extend(map(_suite_element, suites))
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _suite_element(suite: TestSuite) -> ElementTree.Element:
    counts = {count: str(sum(case.outcome == outcome for case in suite.cases)) for count, outcome in _COUNTS.items()}
    counts = {"tests": str(len(suite.cases)), **counts}
    element = ElementTree.Element("testsuite", name=suite.name, attrib={**counts, **_time(suite.seconds)})
    element.extend(map(_case_element, suite.cases))
    if suite.output:
        ElementTree.SubElement(element, "system-out").text = _clean(suite.output)
    return element


def _case_element(case: TestCase) -> ElementTree.Element:
    element = ElementTree.Element("testcase", classname=case.group, name=case.name, attrib=_time(case.seconds))
    if case.outcome != "passed":
        ElementTree.SubElement(element, case.outcome, message=_clean(case.message)).text = _clean(case.text)
    elif case.text:
        ElementTree.SubElement(element, "system-out").text = _clean(case.text)
    return element


def _time(seconds: float | None) -> dict[str, str]:
    return {} if seconds is None else {"time": f"{seconds:.3f}"}


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
