"""The guide for a new fault: its example is a fault that works."""

import re
from pathlib import Path
from typing import Any

import pytest

import fakeseed.faults
from fakeseed.faults.fault import Fault
from fakeseed.faults.registry import REQUIRED, registered
from fakeseed.piapi.responses import JSON, Response

GUIDE = Path(fakeseed.faults.__path__[0], "ADDING_A_FAULT.md").read_text("utf-8")


def example() -> Any:
    """The class that the guide shows, as it stands there."""
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    names: dict[str, Any] = {"__name__": "guide"}
    exec(compile(re.sub(r"(?m)^ {3}", "", code), "guide", "exec"), names)
    return names["StrayHeader"]


def test_the_example_is_a_fault_that_can_be_registered_and_does_what_it_says() -> None:
    stray_header = registered(example())
    assert issubclass(stray_header, Fault)
    response = stray_header().transform_response(None, None, Response(200, b"{}", JSON))  # type: ignore[arg-type]
    assert (b"x-stray", b"1") in response.headers


@pytest.mark.parametrize("attribute", [*REQUIRED, "routes", "real_socket", "samples", "evidence", "hidden"])
def test_every_attribute_of_a_fault_stands_in_the_guide(attribute: str) -> None:
    assert f"| `{attribute}` |" in GUIDE


def test_every_step_of_a_request_stands_in_the_guide() -> None:
    steps = [name for name, value in vars(Fault).items() if callable(value) and not name.startswith("_")]
    assert {"before_request", "send_raw"} <= set(steps)
    assert [name for name in steps if f"`{name}`" not in GUIDE] == []
