"""Which keys are let in, what their worlds begin with, and that no world ever sees another's records."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakeseed.errors import UsageError
from fakeseed.model.money import MAX_POINTS
from fakeseed.model.plans import DEFAULT_PLAN, PLANS
from fakeseed.world.keys import Grant, Keys, keys_from_file
from fakeseed.world.settings import PLENTY
from tests.support.bad_input import ENDPOINTS, KEY, VALID_BODIES, Rig, dump, filled, furnish, modest

pytestmark = pytest.mark.anyio


async def info(rig: Rig, key: str) -> Any:
    reply = await rig.ask("GET", "/account/info", key=key)
    assert reply.status == 200, reply
    return reply.json["data"]


# -- what a key says --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plan", sorted(PLANS))
async def test_a_key_names_its_plan(rig: Rig, plan: str) -> None:
    for key in (f"fs-{plan}-1", f"fs-{plan}-", f"fs-{plan}-broke-x", f"fs-{plan}"):
        account = await info(rig, key)
        assert (account["plan"], account["credit_pack_info"]["available_credits"]) == (plan, PLENTY)


@pytest.mark.parametrize(
    "key",
    [
        "k",
        "fs-",
        "fs-premuim-x",
        "fs-FREE-x",
        "Fs-free-x",
        "FS-INVALID-x",
        "free",
        "xfs-free-1",
        "fs--free",
        "fs-invalid",
    ],
)
async def test_any_other_key_has_the_defaults(rig: Rig, key: str) -> None:
    account = await info(rig, key)
    assert (account["plan"], account["credit_pack_info"]["available_credits"]) == (DEFAULT_PLAN, PLENTY)


async def test_the_defaults_are_the_settings() -> None:
    rig = Rig(plan="hobbyist", points=7)
    assert (await info(rig, "k"))["plan"] == "hobbyist"
    assert (await info(rig, "fs-free-k"))["plan"] == "free"
    assert (await info(rig, "fs-free-k"))["credit_pack_info"]["available_credits"] == 7
    await rig.close()


async def test_a_broke_key_has_no_points_and_can_pay_for_nothing(rig: Rig) -> None:
    account = await info(rig, "fs-broke-1")
    assert account["credit_pack_info"]["total_credits"] == 0
    assert account["plan"] == DEFAULT_PLAN
    reply = await rig.post("/api/v1/task", VALID_BODIES["/api/v1/task"][1], key="fs-broke-1")
    assert reply.status == 402
    assert reply.json["data"]["error"]["code"] == 10002


@pytest.mark.parametrize("key", ["fs-invalid-", "fs-invalid-1", "fs-invalid-free-1"])
async def test_an_invalid_key_is_refused_in_the_vendors_words(rig: Rig, key: str) -> None:
    for method, path in (("GET", "/account/info"), ("POST", "/api/v1/task"), ("POST", "/api/v1/asset/upload")):
        reply = await rig.ask(method, path, b"{}", key=key)
        assert reply.status == reply.json["code"] == 401
        assert reply.json["message"] == "failed to verify api key"
        assert reply.json["data"] is None
    assert rig.store._worlds == {}


@pytest.mark.parametrize("key", [None, "", "   "])
async def test_a_missing_key_is_refused_in_the_vendors_words(rig: Rig, key: str | None) -> None:
    reply = await rig.ask("POST", "/api/v1/asset/upload", b"{}", key=key)
    assert reply.status == reply.json["code"] == 401
    assert "failed to verify api key" in reply.json["message"]
    assert "X-API-Key" in reply.json["message"]


async def test_a_key_is_taken_from_its_header_only(rig: Rig) -> None:
    for headers in ([(b"authorization", b"Bearer k")], [(b"api-key", b"k")], [(b"cookie", b"x-api-key=k")]):
        assert (await rig.ask("GET", "/account/info?api_key=k&x-api-key=k", b"", headers, key=None)).status == 401


async def test_blanks_around_a_key_do_not_make_another_key(rig: Rig) -> None:
    records = await furnish(rig)
    for key in (f"{KEY} ", f" {KEY}", f"\t{KEY}\t"):
        assert (await rig.ask("GET", f"/api/v1/task/{records.tasks[0]}", key=key)).status == 200
        assert (await rig.control("GET", "world", key=key))["tasks"] == len(records.tasks)


# -- a list of keys ---------------------------------------------------------------------------------------------------


def listed(tmp_path: Path, text: str | bytes) -> Keys:
    path = tmp_path / "keys.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return keys_from_file(path)


GOOD = """# the keys of our tests
alice premium 1000   # has a little
bob\tfree\t0
carol developer

dave
fs-invalid-eve enterprise
    frank   hobbyist  10
"""


async def test_a_list_admits_its_keys_and_no_others(tmp_path: Path) -> None:
    keys = listed(tmp_path, GOOD)
    rig = Rig(keys=keys, plan="creator", points=5)
    accounts = {}
    for key in ("alice", "bob", "carol", "dave", "fs-invalid-eve", "frank"):
        assert keys.admits(key)
        account = await info(rig, key)
        accounts[key] = (account["plan"], account["credit_pack_info"]["available_credits"])
    assert accounts == {
        "alice": ("premium", 1000),
        "bob": ("free", 0),
        "carol": ("developer", 5),
        "dave": ("creator", 5),
        "fs-invalid-eve": ("enterprise", 5),
        "frank": ("hobbyist", 10),
    }
    for key in ("fs-premium-x", "fs-broke-x", "Alice", "alice premium", "#", "eve"):
        assert not keys.admits(key)
        assert (await rig.ask("GET", "/account/info", key=key)).status == 401
    await rig.close()


def test_lines_may_end_as_on_any_system(tmp_path: Path) -> None:
    keys = listed(tmp_path, "alice premium\r\nbob free\r\n")
    assert [keys.grant(key) for key in ("alice", "bob")] == [Grant("premium"), Grant("free")]


@pytest.mark.parametrize("text", ["", "\n\n", "# nobody\n"])
def test_an_empty_list_admits_nobody(tmp_path: Path, text: str) -> None:
    keys = listed(tmp_path, text)
    assert not keys.admits("alice")
    assert not keys.admits("")


@pytest.mark.parametrize(
    ("row", "message", "hint"),
    [
        ("alice premuim", "unknown plan 'premuim'; did you mean 'premium'?", "use one of free, hobbyist"),
        ("alice 1000", "unknown plan '1000'", "use one of"),
        ("alice Premium", "unknown plan 'Premium'; did you mean 'premium'?", "use one of"),
        ("alice premium much", "expected KEY [PLAN [POINTS]]", "whole number"),
        ("alice premium -1", "expected KEY [PLAN [POINTS]]", "whole number"),
        ("alice premium 1.5", "expected KEY [PLAN [POINTS]]", "whole number"),
        ("alice premium ١", "expected KEY [PLAN [POINTS]]", "whole number"),
        ("alice premium 5 6", "expected KEY [PLAN [POINTS]]", "whole number"),
        (f"alice premium {MAX_POINTS + 1}", "expected KEY [PLAN [POINTS]]", str(MAX_POINTS)),
        ("alice premium " + "9" * 5000, "expected KEY [PLAN [POINTS]]", str(MAX_POINTS)),
    ],
)
def test_a_bad_line_is_told_with_its_number_and_what_to_do(tmp_path: Path, row: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as problem:
        listed(tmp_path, f"# a comment\n\nbob free\n{row}\n")
    assert f"keys.txt, line 4: {message}" in str(problem.value)
    assert hint in problem.value.hint


def test_a_list_that_cannot_be_read_is_told_with_its_path(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.txt", tmp_path, tmp_path / "missing" / "keys.txt"):
        with pytest.raises(UsageError, match="cannot read the key file") as problem:
            keys_from_file(path)
        assert str(path) in str(problem.value)
        assert "--keys" in problem.value.hint
    with pytest.raises(UsageError, match="cannot read the key file"):
        listed(tmp_path, b"\xff\xfe alice")


@modest
@given(st.dictionaries(st.from_regex(r"[!-\"$-~]{1,20}", fullmatch=True), st.sampled_from(sorted(PLANS)), max_size=5))
def test_what_is_written_is_what_is_read(tmp_path_factory: pytest.TempPathFactory, grants: dict[str, str]) -> None:
    path = tmp_path_factory.getbasetemp() / "written.txt"
    path.write_text("".join(f"{key} {plan} 7\n" for key, plan in grants.items()))
    keys = keys_from_file(path)
    assert {key: keys.grant(key) for key in grants} == {key: Grant(plan, 7) for key, plan in grants.items()}
    assert all(keys.admits(key) for key in grants)


# -- worlds apart -----------------------------------------------------------------------------------------------------


async def test_a_key_never_sees_or_touches_another_keys_records(rig: Rig) -> None:
    records = await furnish(rig)
    fingerprint = rig.fingerprint()
    for method, path in ENDPOINTS:
        if "{task}" not in path and "{asset}" not in path:
            continue
        for pick in range(4):
            reply = await rig.ask(method, filled(path, records, pick), key="stranger")
            assert reply.status == (400 if path.startswith("/_fakeseed/") else 404), (path, reply)
            assert b"not found" in reply.body or b"in this world" in reply.body
    assert rig.fingerprint() == fingerprint


async def test_a_strangers_lists_are_empty(rig: Rig) -> None:
    await furnish(rig)
    listing = (await rig.ask("GET", "/api/v1/asset/list", key="stranger")).json
    assert (listing["items"], listing["total"], listing["quota"]["used"]) == ([], 0, 0)
    histories = (await rig.ask("GET", "/api/open/tasks/histories", key="stranger")).json["data"]
    assert histories == {"total": 0, "data": [], "page": 1, "size": 10}
    active = (await rig.ask("GET", "/account/active_tasks", key="stranger")).json["data"]["seedance"]
    assert (active["active_tasks"], active["pending_count"], active["processing_count"]) == ([], 0, 0)
    world = await rig.control("GET", "world", key="stranger")
    assert (world["assets"], world["tasks"], world["clock"]["pending_events"]) == (0, 0, 0)
    assert world["points"]["granted"] == world["points"]["available"] == PLENTY
    journal = await rig.control("GET", "journal", key="stranger")
    assert [entry["path"] for entry in journal["entries"]] == [
        "/api/v1/asset/list",
        "/api/open/tasks/histories",
        "/account/active_tasks",
    ]


async def test_an_asset_of_another_key_cannot_be_referenced(rig: Rig) -> None:
    records = await furnish(rig)
    task = {
        "model": "seedance",
        "task_type": "seedance-2-less-restriction",
        "input": {"prompt": "a", "image_urls": [f"asset://{records.assets[0]}"]},
    }
    assert (await rig.post("/api/v1/task", task)).status == 200
    reply = await rig.post("/api/v1/task", task, key="stranger")
    assert reply.status == 400
    assert "is not found" in reply.json["message"]


async def test_what_one_key_does_leaves_every_other_world_as_it_was(rig: Rig) -> None:
    await furnish(rig)
    fingerprint = rig.fingerprint()
    for method, path in ENDPOINTS:
        for body in VALID_BODIES.get(path, ({},)):
            await rig.ask(method, path, dump(body), key="stranger")
    await rig.control("POST", "clock/freeze", key="stranger")
    await rig.control("POST", "clock/advance", {"by": "30d"}, key="stranger")
    await rig.control("POST", "reset", key="stranger")
    assert rig.fingerprint() == fingerprint


async def test_worlds_of_two_keys_draw_different_ids(rig: Rig) -> None:
    ids: set[str] = set()
    for key in ("one", "two", "one "):
        for _ in range(2):
            answer = await rig.post("/api/v1/asset/upload", {"url": "https://cdn.example/a.jpg"}, key=key)
            task = await rig.post("/api/v1/task", VALID_BODIES["/api/v1/task"][1], key=key)
            if task.status == 200:
                ids.add(task.json["data"]["task_id"])
            ids.add(answer.json["asset_id"])
    assert len([record_id for record_id in ids if record_id.startswith("asset-")]) == 6
    assert len([record_id for record_id in ids if not record_id.startswith("asset-")]) == 4


async def test_a_file_of_a_world_that_was_reset_is_gone(rig: Rig) -> None:
    records = await furnish(rig)
    assert (await rig.ask("GET", f"/ephemeral/{records.files[0]}", key=None)).status == 200
    await rig.control("POST", "reset")
    assert (await rig.ask("GET", f"/ephemeral/{records.files[0]}", key=None)).status == 404


# -- what a key nearly says -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "near"),
    [("fs-premim-x", "premium"), ("fs-PREMIUM-x", "premium"), ("fs-brok-1", "broke"), ("fs-develop", "developer")],
)
async def test_key_that_nearly_names_a_plan_is_told(rig: Rig, key: str, near: str) -> None:
    reply = await rig.ask("GET", "/account/info", key=key)
    assert reply.json["data"]["plan"] == DEFAULT_PLAN
    assert f"did you mean '{near}'?" in (reply.header("x-fakeseed-note") or "")
    (entry,) = (await rig.ask("GET", "/_fakeseed/journal?kind=request", key=key)).json["entries"]
    assert near in entry["notes"][0]


@pytest.mark.parametrize("key", ["k", "fs-premium-x", "fs-broke-x", "fs-zzz-1", "fs-", "premim"])
async def test_key_that_means_something_else_is_told_nothing(rig: Rig, key: str) -> None:
    assert (await rig.ask("GET", "/account/info", key=key)).header("x-fakeseed-note") is None


def test_file_of_keys_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_bytes(b"\xef\xbb\xbffirst premium 5\r\nsecond\r\n")
    keys = keys_from_file(path)
    assert keys.admits("first")
    assert keys.admits("second")
    assert keys.grant("first") == Grant("premium", 5)
