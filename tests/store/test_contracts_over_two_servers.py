"""The contracts' state machine, in turn through two servers over one PostgreSQL."""

import pytest

from tests.support.judged import judge
from tests.support.stores import Stores


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["postgresql"])
def test_the_state_machine_holds(stores: Stores, kind: str) -> None:
    found = judge(stores, kind, "contracts/checks/test_machine.py", "--contract-profile", "quick")
    assert found.returncode == 0, found.stdout[-4000:]
