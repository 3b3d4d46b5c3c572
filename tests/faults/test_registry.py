"""What every fault says of itself, and that one which does not say it is refused."""

from typing import Any, ClassVar, get_args

import pytest

from fakeseed.faults.arming import prepared
from fakeseed.faults.fault import ROUTES, ClientSees, Fault
from fakeseed.faults.registry import faults_seen_as, known_faults, real_time_faults, registered


class Complete(Fault, frozen=True):
    """A fault that says everything."""

    client_sees: ClassVar[ClientSees] = "nothing"
    takes_real_time: ClassVar[bool] = False
    correct: ClassVar[str] = "Asks again."


@pytest.mark.parametrize("name", known_faults())
def test_every_fault_says_what_the_client_sees_and_whether_it_takes_real_time(name: str) -> None:
    fault_type = known_faults()[name]
    assert registered(fault_type) is fault_type
    assert fault_type.client_sees in get_args(ClientSees)
    assert isinstance(fault_type.takes_real_time, bool)
    assert fault_type.correct.endswith(".")
    assert set(fault_type.routes) <= set(ROUTES)
    assert name in faults_seen_as(fault_type.client_sees)
    assert (name in real_time_faults()) == fault_type.takes_real_time


@pytest.mark.parametrize(
    ("name", "sample"), [(name, sample) for name, fault in known_faults().items() for sample in fault.samples]
)
def test_every_sample_order_can_be_armed(name: str, sample: dict[str, Any]) -> None:
    assert prepared({"fault": name, **sample}, 0).name == name


@pytest.mark.parametrize("missing", ["client_sees", "takes_real_time", "correct"])
def test_a_fault_that_does_not_say_it_is_refused(missing: str) -> None:
    assert registered(Complete) is Complete
    statements = {name: getattr(Complete, name) for name in ("client_sees", "takes_real_time", "correct")}
    del statements[missing]
    silent = type("Silent", (Fault,), statements, frozen=True)
    with pytest.raises(TypeError, match=f"fault Silent does not say {missing}"):
        registered(silent)


def test_a_fault_whose_word_for_what_the_client_sees_is_not_known_is_refused() -> None:
    wrong = type("Wrong", (Complete,), {"client_sees": "a video"}, frozen=True)
    with pytest.raises(TypeError, match="client_sees is 'a video', not one of 'nothing', 'unclear', 'an answer'"):
        registered(wrong)
