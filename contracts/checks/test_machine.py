"""Clients of two keys at work for as long as Hypothesis likes, against an independent model."""

from collections import Counter

import pytest
from hypothesis import seed, settings
from hypothesis.stateful import run_state_machine_as_test

from ..harness.assertions import same
from ..harness.client import Target
from ..harness.report import Report
from ..machine.coverage import as_table, documented
from ..machine.model import Step
from ..machine.rules import Machine

pytestmark = [pytest.mark.needs_control, pytest.mark.timeout(3600)]
MORE = """
asset.quota-full asset.failed-is-free asset.quota-fields asset.batch-order asset.batch-partial asset.list-order
asset.list-filter asset.fields asset.unknown asset.expires-at asset.ingest-time
task.fields task.unknown task.concurrency task.run-time task.asset-missing task.asset-not-active task.asset-wrong-type
task.asset-needs-less-restriction task.log-mode task.log-audio
money.freeze-at-create money.consume-at-completion money.refund money.price-by-period
auto-upload.conversion auto-upload.cap auto-upload.mixed auto-upload.log auto-upload.slot-frees
webhook.events webhook.retries webhook.after-state output.only-at-the-end
"""
"""What the model holds beside the steps themselves."""
HELD = (*dict.fromkeys(documented().values()), *MORE.split())
WALKED: Counter[Step] = Counter()


@pytest.fixture
def machine(target: Target, request: pytest.FixtureRequest) -> type[Machine]:
    """The machine, bound to the target, its counts at nothing."""
    if target.fetches:
        pytest.skip("not reachable: made-up sources cannot be ingested where files are really fetched")
    Machine.target = target
    Machine.local_server = request.getfixturevalue("local_server") if target.is_near else None
    Machine.asset_data = Counter()
    return Machine


@pytest.mark.behaviour(*dict.fromkeys(documented().values()))
def test_every_documented_step_can_be_walked(machine: type[Machine]) -> None:
    """A short story on foot, so that no step is left to luck."""
    walk = machine()
    walk.begin(plan="hobbyist", pace="fast", profile="current", concurrency=30, points=10**10)
    _walk_assets(walk)
    _walk_tasks(walk)
    walk.teardown()
    WALKED.update(machine.asset_data)
    same(sorted(documented().keys() - WALKED.keys()), [], "documented steps that were not walked")


def _walk_assets(walk: Machine) -> None:
    walk.upload_batch(key="A", sources=("picture", "missing picture", "stuck picture", "nothing"))
    walk.list_assets(key="A", statuses=(), page=1, size=20)
    walk.advance(key="A", by="2s")
    walk.get_asset(asset=("A", "a1"))
    for label in ("a1", "a2", "a3"):
        walk.delete_asset(asset=("A", label))
    walk.upload_batch(key="A", sources=("picture", "crowd", "stuck picture", "picture"))
    walk.advance(key="A", by="2s")
    walk.fail_asset(asset=("A", "a7"))
    walk.advance_to_edge(edge=("A", "a4"), beside=-1)
    walk.advance(key="A", by="4d")


def _walk_tasks(walk: Machine) -> None:
    for plot in ("plain", "internal error"):
        walk.create_plainly(key="A", task_type="seedance-2", plot=plot, raw=(), duration=4, hook="ok")
    walk.advance(key="A", by="30s")
    walk.advance_to_edge(edge=("A", "t1"), beside=-1)
    walk.advance_to_edge(edge=("A", "t1"), beside=0)
    for _ in range(2):
        walk.create_plainly(key="A", task_type="seedance-2", plot="plain", raw=("clip",), duration=None, hook="closed")
    walk.cancel(task=("A", "t3"))
    walk.fail(task=("A", "t4"), cause="failed-by-control")


@pytest.mark.behaviour(*HELD)
def test_what_clients_do_agrees_with_the_model(
    machine: type[Machine], contract_seed: int, contract_report: Report, pytestconfig: pytest.Config
) -> None:
    profile = pytestconfig.getoption("--contract-profile")
    try:
        run_state_machine_as_test(seed(contract_seed)(machine), settings=settings())
    except Exception as problem:
        target = pytestconfig.getoption("--target")
        replay = f"pytest {__file__} --target {target} --contract-profile {profile} --hypothesis-seed {contract_seed}"
        problem.add_note(f"replay with: {replay}")
        raise
    columns = {"walked": WALKED, "at random": machine.asset_data}
    contract_report.table("transitions", list(as_table(columns)))
    reached = machine.asset_data if profile != "quick" else WALKED + machine.asset_data
    same(sorted(documented().keys() - reached.keys()), [], "documented transitions that were never reached")
    same(sorted(machine.asset_data.keys() - documented().keys()), [], "transitions that no document knows")
