"""Clock, chance, ledger, timeline and lifecycles by themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakeseed.model.lifecycle import ASSET, LIFECYCLES, TASK, Lifecycle, TransitionError
from fakeseed.model.times import SECOND
from fakeseed.store.memory_tables import MemoryTimeline
from fakeseed.world.clock import Clock, frozen, real
from fakeseed.world.ledger import Balances
from fakeseed.world.rng import Rng, name_of, tag_in, tag_of


def test_a_real_clock_follows_the_system_at_its_rate() -> None:
    clock = real(1000)
    assert clock.now(1500) == 1500
    clock.rate = 60
    clock.set(2000, 1500)
    assert clock.now(1501) == 2060
    assert clock.system_at(2060) in (1501, 1502)


def test_a_frozen_clock_stands() -> None:
    clock = frozen(7)
    assert clock.now(10**18) == 7
    assert clock.system_at(8) is None


@given(st.floats(0.01, 1e6), st.integers(0, 10**15))
def test_a_world_is_never_woken_before_its_time(rate: float, ahead: int) -> None:
    clock = Clock("real", base=10**18, anchor=10**18, rate=rate)
    wake = clock.system_at(10**18 + ahead)
    assert wake is not None
    assert clock.now(wake + 1) >= 10**18 + ahead - max(1, int(rate) * 64)


def test_draws_depend_on_seed_key_and_name_only() -> None:
    rng, repeated, reseeded = Rng("1", "k"), Rng("1", "k"), Rng("2", "k")
    assert rng.uuid("task 1") == repeated.uuid("task 1")
    assert rng.uuid("task 1") != reseeded.uuid("task 1")
    assert Rng("1", "l").uuid("task 1") != rng.uuid("task 1")
    assert rng.letters(5, "x") == repeated.letters(5, "x")


@given(st.text(), st.text())
def test_draws_have_their_forms(key: str, name: str) -> None:
    world = name_of(key)
    chance = Rng("s", world)
    name = name.encode("utf-8", "ignore").decode()
    assert 0 <= chance.fraction(name) < 1
    assert tag_in(chance.file_id(name)) == tag_of(world)
    drawn = chance.uuid(name)
    assert [len(part) for part in drawn.split("-")] == [8, 4, 4, 4, 12]
    assert drawn[14] == "4"
    assert drawn[19] in "89ab"


MOVES = st.lists(st.tuples(st.sampled_from(["grant", "freeze", "consume", "restore"]), st.integers(-50, 100)))


@given(MOVES)
def test_points_are_conserved_and_never_negative(moves: list[tuple[str, int]]) -> None:
    balances = Balances()
    for kind, points in moves:
        previous = (balances.granted, balances.available, balances.frozen, balances.consumed)
        try:
            balances.move(kind, points)  # type: ignore[arg-type]
        except ValueError:
            assert previous == (balances.granted, balances.available, balances.frozen, balances.consumed)
        assert balances.granted == balances.available + balances.frozen + balances.consumed
        assert min(balances.available, balances.frozen, balances.consumed) >= 0


@given(st.lists(st.tuples(st.integers(0, 20), st.sampled_from("abc"))))
def test_the_timeline_gives_events_in_order_and_one_of_a_kind(plans: list[tuple[int, str]]) -> None:
    timeline = MemoryTimeline([])
    last: dict[str, int] = {}
    for at, ref in plans:
        timeline.schedule(at, "task.end", ref)
        last[ref] = at
    popped = [timeline.pop() for _ in range(len(timeline))]
    assert {event.ref: event.at for event in popped} == last
    assert [event.at for event in popped] == sorted(event.at for event in popped)
    assert timeline.head() is None


def test_events_of_one_instant_keep_the_order_in_which_they_were_planned() -> None:
    timeline = MemoryTimeline([])
    for ref in "xyz":
        timeline.schedule(SECOND, "task.start", ref)
    assert [timeline.pop().ref for _ in range(3)] == ["x", "y", "z"]


@pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=lambda table: table.name)
def test_every_state_can_be_reached_and_left_or_is_an_end(lifecycle: Lifecycle) -> None:
    reached = {row.target for row in lifecycle.transitions}
    sources = {row.source for row in lifecycle.transitions}
    assert set(lifecycle.states) <= reached
    ends = set(lifecycle.states) - sources
    assert ends == ({"completed", "failed"} if lifecycle.name == "task" else set())


def test_what_a_lifecycle_does_not_know_is_refused_with_what_it_knows() -> None:
    with pytest.raises(TransitionError, match="possible: deleted, expired, rejected, touched"):
        ASSET.find("Active", "ingested")
    with pytest.raises(TransitionError, match="possible: nothing"):
        TASK.find("completed", "complete")
