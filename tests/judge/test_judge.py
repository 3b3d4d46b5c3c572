"""The judge's parts: reading journals, verdicts, exceptions, time, the fixture, the names that it goes by."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest

import fakeseed
from fakeseed.errors import UsageError
from fakeseed.judge.docs import rules_page
from fakeseed.judge.entries import Ending, route_of
from fakeseed.judge.evaluate import judge
from fakeseed.judge.journal_reader import read
from fakeseed.judge.registry import AREAS, known_rules, rule_ids
from fakeseed.judge.rule import RETRY_KINDS, SEVERITIES
from fakeseed.model.times import with_nanoseconds
from fakeseed.testing.emulator import Emulator
from tests.zoo.correct import CorrectClient
from tests.zoo.missions import PERSON

START = 1_780_846_883 * 10**9
TASK = "64299a1c-690c-4702-95a2-62f49a886dc9"


def request(seq: int, seconds: float, method: str, path: str, status: int = 200, **options: Any) -> dict[str, Any]:
    """A journal's entry."""
    at = with_nanoseconds(START + int(seconds * 1e9))
    head = {"seq": seq, "at": at, "kind": "request", "method": method, "path": path, "status": status}
    return {**head, "query": "", "headers": [], "body": None, "answer": None, **options}


def poll(seq: int, seconds: float, status: str = "processing", **options: Any) -> dict[str, Any]:
    """A get of the task."""
    answer = {"code": 200, "data": {"task_id": TASK, "status": status}}
    return request(seq, seconds, "GET", f"/api/v1/task/{TASK}", answer=answer, **options)


def create(seq: int, seconds: float, **options: Any) -> dict[str, Any]:
    """A create."""
    body = {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a corgi"}}
    answer = {"code": 200, "data": {"task_id": TASK, "status": "pending"}}
    return request(seq, seconds, "POST", "/api/v1/task", **{"body": body, "answer": answer, **options})


# -- what is read -----------------------------------------------------------------------------------------------------


def test_a_journal_comes_as_a_list_an_answer_text_or_a_file(tmp_path: Path) -> None:
    entries = [create(1, 0), poll(2, 5), poll(3, 10, "completed")]
    whole = {"total": 3, "dropped": 0, "entries": entries}
    file = tmp_path / "journal.json"
    file.write_bytes(msgspec.json.encode(whole))
    for journal in (entries, iter(entries), whole, msgspec.json.encode(whole), file.read_text(), file):
        assert len(judge(journal).history.requests) == 3


@pytest.mark.parametrize(
    "journal", [b"no json", {}, 3, None, [{"kind": "odd"}], [{}], [3], [{"kind": "request", "seq": 1, "at": "x"}], "[["]
)
def test_what_is_no_journal_is_said_to_be_none(journal: object) -> None:
    with pytest.raises(UsageError, match="journal"):
        read(journal)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.json"):
        judge(tmp_path / "gone.json")


def test_a_journal_that_lost_its_beginning_is_not_judged() -> None:
    with pytest.raises(UsageError, match="lost its first 7 entries"):
        judge({"dropped": 7, "entries": [create(8, 0)]})


def test_bodies_of_any_shape_make_no_rule_stumble() -> None:
    odd: list[Any] = [None, "text", 3, [], {}, [None], {"data": None}, {"data": []}, {"input": []}, {"results": [None]}]
    odd += [{"input": {"prompt": 3, "image_urls": "x", "video_urls": [3]}, "config": {"webhook_config": "x"}}]
    odd += [{"data": {"task_id": 3, "status": 7, "output": "x", "error": "x", "logs": "x"}, "status": None}]
    paths = ["/api/v1/task", "/api/v1/asset/upload", "/api/ephemeral_resource", "/nowhere"]
    gets = [
        f"/api/v1/task/{TASK}",
        "/api/v1/asset/asset-1",
        "/api/v1/asset/list",
        "/account/active_tasks",
        "/ephemeral/x",
    ]
    entries: list[dict[str, Any]] = []
    for status in (200, 400, 401, 404, 429, 503):
        for body in odd:
            response = {"status": status, "body": body, "answer": body}
            entries += [request(0, len(entries), "POST", path, **response) for path in paths]
            entries += [request(0, len(entries), "GET", path, **response) for path in gets]
    numbered = [{**entry, "seq": number} for number, entry in enumerate(entries, 1)]
    judge(numbered, ending=Ending()).text()


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("POST", "/api/v1/task", "create task"),
        ("GET", "/api/v1/asset/list", "list assets"),
        ("GET", "/api/v1/asset/asset-20260607154123-aaaa1", "get asset"),
        ("GET", "/account/active_tasks", "list active tasks"),
        ("PUT", "/api/v1/task", "other"),
    ],
)
def test_routes_have_names(method: str, path: str, route: str) -> None:
    assert route_of(method, path) == route


# -- verdicts ---------------------------------------------------------------------------------------------------------


def test_what_was_never_put_to_the_test_is_not_called_held() -> None:
    assert judge([]).outcome("not exercised") == list(known_rules())


def test_a_broken_rule_names_its_lines() -> None:
    twice = [create(1, 0, faults=["accept-then-drop (fault-1)"]), create(2, 61)]
    judgement = judge(twice)
    verdict = judgement["money/no-ambiguous-resubmit"]
    assert verdict.outcome == "broken"
    assert [case.entries for case in verdict.broken] == [(1, 2)]
    assert "#2" in judgement.text()
    assert not judgement.ok


def test_a_look_in_between_is_all_it_takes() -> None:
    look = request(2, 5, "GET", "/account/active_tasks", answer={"data": {"seedance": {"active_tasks": []}}})
    judgement = judge([create(1, 0, faults=["accept-then-drop (fault-1)"]), look, create(3, 61)])
    assert judgement["money/no-ambiguous-resubmit"].outcome == "held"


def test_what_is_allowed_is_shown_as_allowed() -> None:
    twice = [create(1, 0, status=503, answer={}), create(2, 61)]
    for allow in ("money/no-ambiguous-resubmit", "no-ambiguous-resubmit", "money"):
        judgement = judge(twice, allow=[allow])
        assert judgement["money/no-ambiguous-resubmit"].outcome == "allowed"
        assert judgement.ok


def test_a_rule_that_is_not_there_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="no-ambiguous-resubmit"):
        judge([], allow=["no-ambigous-resubmit"])


def test_advice_does_not_make_a_client_wrong() -> None:
    files = [poll(2, 5, "completed"), request(3, 6, "GET", "/ephemeral/x.mp4", headers=[["x-api-key", "[redacted]"]])]
    judgement = judge([create(1, 0), *files])
    assert [verdict.severity for verdict in judgement.broken] == ["advice"]
    assert judgement.ok
    assert judgement.fails("advice")


# -- time -------------------------------------------------------------------------------------------------------------


def test_intervals_are_judged_in_the_clients_own_time() -> None:
    polls = [create(1, 0), *(poll(number, 30.0 * number) for number in range(2, 9))]
    assert judge(polls)["polling/interval"].outcome == "held"
    assert judge(polls, rate=60.0)["polling/interval"].outcome == "broken", "30 s of the world are half a second of its"
    assert judge(polls, rate=None)["polling/interval"].outcome == "not exercised"


def test_retry_after_is_judged_in_the_clients_own_time() -> None:
    def told(seconds: float) -> list[dict[str, Any]]:
        busy = create(1, 0, status=429, answer={}, answer_headers=[["retry-after", "30"]])
        return [busy, create(2, seconds)]

    rule = "errors/retry-after-honoured"
    assert judge(told(31))[rule].outcome == "held"
    assert judge(told(31), rate=60.0)[rule].outcome == "broken"
    assert judge(told(31 * 60), rate=60.0)[rule].outcome == "held"
    assert judge(told(31), rate=None)[rule].outcome == "not exercised"


def test_expiry_is_judged_in_the_worlds_time() -> None:
    completed = {
        "code": 200,
        "data": {"task_id": TASK, "status": "completed", "output": {"video": "http://x/ephemeral/v.mp4"}},
    }
    expired = {"seq": 3, "at": with_nanoseconds(START + 10**12), "kind": "event", "output": TASK, "from": "alive"}
    expired |= {"trigger": "expired", "to": None, "behaviour": "output.life"}
    late = request(4, 1001, "GET", "/ephemeral/v.mp4", 404)
    for rate in (1.0, 60.0, None):
        judgement = judge([create(1, 0), poll(2, 5) | {"answer": completed}, expired, late], rate=rate)
        assert judgement["output/before-expiry"].outcome == "broken"


def test_a_client_that_was_stopped_is_not_said_to_have_bounded_its_wait() -> None:
    polls = [create(1, 0), *(poll(number, 10.0 * number) for number in range(2, 60))]
    stopped = Ending("timed out", None)
    assert judge(polls, ending=stopped)["polling/bounded"].outcome == "not exercised"
    assert judge(polls, ending=Ending("exited", 1))["polling/bounded"].outcome == "held"
    within = [create(1, 0), *(poll(number, 100.0 * number) for number in range(2, 60))]
    assert judge(within, ending=stopped)["polling/bounded"].outcome == "not exercised", "97 min are within its bound"
    longer = [create(1, 0), *(poll(number, 200.0 * number) for number in range(2, 60))]
    assert judge(longer, ending=stopped)["polling/bounded"].outcome == "broken"


def test_rules_about_the_end_need_to_know_it() -> None:
    failed = {"task_id": TASK, "status": "failed", "error": {"code": 10003, "message": "no"}}
    entries = [create(1, 0), poll(2, 5) | {"answer": {"data": failed}}]
    assert judge(entries)["errors/failure-told"].outcome == "not exercised"
    assert judge(entries, ending=Ending("exited", 0, "10003"))["errors/failure-told"].outcome == "broken"
    assert judge(entries, ending=Ending("exited", 1, "10003"))["errors/code-told"].outcome == "held"
    assert judge(entries, ending=Ending("exited", 1, "oh"))["errors/code-told"].outcome == "broken"
    assert judge(entries, ending=Ending("exited", 1, "oh", cut=True))["errors/code-told"].outcome == "not exercised"


# -- rules as a whole -------------------------------------------------------------------------------------------------


def test_every_rule_says_what_it_has_to_say() -> None:
    assert len(known_rules()) >= 25
    assert {name.partition("/")[0] for name in known_rules()} == set(AREAS)
    for name, rule in known_rules().items():
        assert rule.severity in SEVERITIES
        assert rule.source.startswith("https://"), name
        for text in (rule.statement, rule.rationale, rule.evidence, rule.exception):
            assert text.endswith("."), name
        assert rule.statement[0].isupper() or rule.statement.startswith(("asset://", "auto_upload"))


def test_the_page_is_up_to_date() -> None:
    page = Path(fakeseed.__file__).parent / "judge" / "README.md"
    assert page.read_text("utf-8") == rules_page(), "write it anew: fakeseed rules --page > fakeseed/judge/README.md"


def test_rules_go_by_id_by_name_and_by_area() -> None:
    assert rule_ids(["money/no-ambiguous-resubmit"]) == rule_ids(["no-ambiguous-resubmit"])
    assert len(rule_ids(["money"])) == 4


# -- the journal and the fixture --------------------------------------------------------------------------------------


def test_the_journal_keeps_what_an_answer_tells_to_do(fakeseed: Emulator) -> None:
    fakeseed.faults.arm("status", on="GET account", status=429, retry_after=30)
    httpx.get(f"{fakeseed.base_url}/account/info", headers={"X-API-Key": fakeseed.api_key})
    (entry,) = fakeseed.journal.requests()
    assert entry["answer_headers"] == [["retry-after", "30"]]


def test_the_fixture_judges_a_correct_client(fakeseed: Emulator) -> None:
    fakeseed.clock.freeze()
    client = CorrectClient(fakeseed.base_url, fakeseed.api_key, fakeseed.clock.advance)
    client.video("The person walks.", people=(PERSON,))
    client.close()
    judgement = fakeseed.judge(rate=1.0, ending=Ending())
    assert judgement["polling/interval"].outcome == "held"
    assert judgement["assets/wait-for-active"].outcome == "held"


def test_the_fixture_shows_what_broke_and_lets_exceptions_pass(fakeseed: Emulator) -> None:
    headers = {"X-API-Key": fakeseed.api_key}
    asset = httpx.post(f"{fakeseed.base_url}/api/v1/asset/upload", headers=headers, json={"url": PERSON}).json()[
        "asset_id"
    ]
    inputs = {"prompt": "Image 1 walks", "image_urls": [f"asset://{asset}"]}
    body = {"model": "seedance", "task_type": "seedance-2", "input": inputs}
    httpx.post(f"{fakeseed.base_url}/api/v1/task", headers=headers, json=body)
    with pytest.raises(AssertionError, match="assets/less-restriction-only") as caught:
        fakeseed.judge()
    assert "POST /api/v1/task -> 4" in str(caught.value)
    judgement = fakeseed.judge(allow=["assets"])
    assert judgement["assets/less-restriction-only"].outcome == "allowed"


def test_on_a_clock_that_polls_move_nobody_knows_the_clients_time(fakeseed: Emulator) -> None:
    client = CorrectClient(fakeseed.base_url, fakeseed.api_key, lambda _: None)
    client.video("a corgi")
    client.close()
    assert fakeseed.judge()["polling/interval"].outcome == "not exercised"
    assert urlsplit(fakeseed.base_url).hostname == "127.0.0.1"


# -- what is never held against a client ------------------------------------------------------------------------------


def event(seq: int, asset: str, trigger: str = "upload") -> dict[str, Any]:
    """An asset's transition at the start."""
    head = {"seq": seq, "at": with_nanoseconds(START), "kind": "event", "asset": asset}
    return {**head, "from": None, "trigger": trigger, "to": "Processing", "behaviour": ""}


def upload(seq: int, after: float, status: int, **options: Any) -> dict[str, Any]:
    """An upload of one picture."""
    body = {"url": "https://cdn.example/new.jpg", "asset_type": "Image"}
    return request(seq, after, "POST", "/api/v1/asset/upload", status, body=body, **options)


def test_what_the_set_up_made_is_not_taken_for_the_clients() -> None:
    """A library that the set-up filled, a refused upload, and a second one after a minute and a look."""
    filled = [event(seq, f"asset-{seq}") for seq in range(1, 4)]
    refused = upload(4, 0, 429, answer={"message": "quota: 3 of 3"}, refused_by="asset.quota-full")
    look = request(5, 60, "GET", "/api/v1/asset/list", answer={"items": []})
    accepted = upload(6, 61, 202, answer={"asset_id": "asset-9", "status": "Processing"})
    judgement = judge([*filled, refused, look, accepted])
    assert judgement["uploads/source-once"].outcome == "held"
    assert [asset.asset_id for asset in judgement.history.uploaded] == ["asset-9"]


def test_waiting_and_trying_a_few_times_is_no_hammering() -> None:
    def tries(count: int, pause: float) -> str:
        full = {"answer": {"message": "quota: 3 of 3"}, "refused_by": "asset.quota-full"}
        entries = [upload(seq, seq * pause, 429, **full) for seq in range(1, count + 1)]
        return judge(entries)["uploads/quota-not-hammered"].outcome

    assert tries(4, 60) == "held"
    assert tries(2, 1) == "broken"
    assert tries(12, 60) == "broken"


def test_a_judgement_shows_itself_in_one_line() -> None:
    text = repr(judge([create(1, 0), poll(2, 5, "completed")]))
    assert "\n" not in text
    assert len(text) < 120
    assert "held" in text


def test_no_kind_of_retry_is_without_a_rule() -> None:
    kinds = {rule.retry for rule in known_rules().values()} - {None}
    assert kinds == set(RETRY_KINDS)


def test_the_fixture_judges_no_client_that_sent_nothing(fakeseed: Emulator) -> None:
    with pytest.raises(AssertionError, match="could not be judged: no request came under its key"):
        fakeseed.judge()
