"""The Python client: both forms say the same, and mistakes are told in one line."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

import fakeseed
from fakeseed import AsyncControl, Control, ControlError
from fakeseed.cli.main import fakeseed as command_line
from fakeseed.cli.main import main
from fakeseed.client.calls import Calls
from fakeseed.control.routes import ACTIONS
from fakeseed.model.times import parse_instant
from fakeseed.server.app import App, Options
from fakeseed.server.run import in_thread
from fakeseed.world.settings import Settings
from tests.cli.test_cli import HEAVY, imported, invoked
from tests.conftest import START, Api
from tests.support.prices import PLAIN

pytestmark = pytest.mark.anyio


def over(api: Api) -> AsyncControl:
    """A client of an emulator in this process."""
    return AsyncControl(key=api.key, transport=httpx.ASGITransport(app=api.app))


async def test_every_call_has_its_method(api: Api) -> None:
    asset = (await api.upload("https://cdn.example/fs-slow-ingest.png")).json()["asset_id"]
    async with over(api) as control:
        assert (await control.health())["status"] == "ok"
        assert (await control.world())["plan"] == "premium"
        assert (await control.patch(concurrency=9, plan="developer"))["concurrency"] == 9
        assert (await control.patch(concurrency=None))["concurrency"] == 2
        assert (await control.freeze())["clock"]["now"] == START
        assert (await control.advance(timedelta(minutes=1)))["clock"]["now"] == "2026-06-07T15:42:23Z"
        await control.advance(to=datetime(2026, 6, 7, 15, 43, tzinfo=UTC))
        assert (await control.clock())["now"] == "2026-06-07T15:43:00Z"
        assert (await control.next())["happened"][0]["trigger"] == "ingested"
        task = await api.created()
        waited = await control.wait_for_task(task, within="1h")
        assert waited["task"]["status"] == "completed"
        assert (await control.wait_for_asset(asset))["asset"]["status"] == "Active"
        waited = await control.wait_for_request(path="/api/v1/task", method="POST")
        seq = waited["entries"][0]["seq"]
        assert (await control.explain(seq))["outcome"] == "accepted"
        assert (await control.journal(after=seq - 1, limit=1, method="POST", path="*/task"))["entries"][0]["seq"] == seq
        everything = (await control.journal())["entries"]
        assert [entry async for entry in control.entries()] == everything
        assert (await control.timeline(limit=1))["events"]
        assert (await control.ledger(limit=1))["balances"]["consumed"] == PLAIN
        snapshot = await control.snapshot(secrets=True)
        task_id = await api.created()
        assert (await control.hold_task(task_id))["status"] == "pending"
        assert (await control.release_task(task_id))["status"] == "pending"
        assert (await control.complete_task(task_id))["status"] == "completed"
        assert (await control.fail_task(await api.created(), "refused-person"))["status"] == "failed"
        fresh = (await api.upload()).json()["asset_id"]
        assert (await control.activate_asset(fresh))["status"] == "Active"
        assert (await control.fail_asset(fresh, "DownloadFailed"))["status"] == "Failed"
        assert (await control.restore(snapshot))["world"]["tasks"] == 1
        assert await control.snapshot(secrets=True) == snapshot
        with pytest.raises(ControlError, match="0 of 1 deliveries came"):
            await control.wait_for_delivery(task, 200, timeout=0)
        assert (await control.auto("2s"))["clock"]["mode"] == "auto"
        assert (await control.resume(60))["clock"]["rate"] == 60
        assert (await control.reset())["tasks"] == 0


NEEDS: dict[str, tuple[Any, ...]] = {
    "explain": (9,),
    "restore": ({},),
    "arm": ("reset",),
    "load_scenario": ("x",),
    "copy": ("curl",),
    "redeliver": ("x",),
}
"""What a method must be told, beside an id."""


PRELOADS = {"/clock/join", "/clock/sleep", "/clock/wake", "/clock/leave", "/clock/answering"}
"""What the preloads of virtual time call, in programs that do not have this package."""
PAGE = ("/events", "/overview", "/worlds", "/catalogue", "/copy", "/judge", "/journal/rows", "/openapi.json")
"""What the page and the commands that watch call."""


async def test_every_control_route_has_a_method() -> None:
    """Each path of the control API is called by some method, in both clients."""
    called: set[tuple[str, str]] = set()

    class Listening(Calls[None]):
        def _send(self, call: Any) -> None:
            called.add((call.method, call.path))

    each = Listening()
    for name in dir(Calls):
        if not name.startswith("_") and name not in ("call", "patch"):
            needs = NEEDS.get(name, ("x",) if name.endswith(("_task", "_asset")) else ())
            getattr(each, name)(*needs)
    each.patch()
    each.disarm("x")
    for method, path, _ in ACTIONS:
        if path in PRELOADS or path.startswith(PAGE):
            continue
        plain = "/_fakeseed" + path.replace("{seq}", "9").replace("{task_id}", "x").replace("{asset_id}", "x").replace(
            "{fault_id}", "x"
        )
        assert any(verb == method and target.startswith(plain.partition("{")[0]) for verb, target in called), path


def test_sync_and_async_clients_give_the_same_answers() -> None:
    with in_thread(App(Settings(freeze_at=parse_instant(START), seed="7"))) as base:

        async def both() -> list[Any]:
            async with AsyncControl(base, key="a") as control:
                return [
                    await control.world(),
                    await control.advance("1d"),
                    [entry async for entry in control.entries()],
                ]

        with Control(base, key="a") as control:
            first = [control.world(), control.advance("1d"), list(control.entries())]
            control.reset()
        assert asyncio.run(both()) == first


async def test_every_refusal_is_a_control_error(api: Api) -> None:
    async with over(api) as control:
        with pytest.raises(ControlError) as caught:
            await control.patch(plan="premum")
        assert (caught.value.status, caught.value.message) == (400, "unknown plan 'premum'; did you mean 'premium'?")
        assert caught.value.hint.startswith("use one of")
        with pytest.raises(ControlError) as caught:
            await control.wait_for_request(path="/never", timeout=0)
        assert caught.value.status == 408
        assert caught.value.details["seen"]["matched"] == 0
        with pytest.raises(ControlError, match="no task 'a b\\?'"):
            await control.complete_task("a b?")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://a..b", "nonsense", "http://[", "ftp://x"])
def test_no_emulator_at_the_url_is_one_line(url: str) -> None:
    with Control(url, timeout=2) as control, pytest.raises(ControlError) as caught:
        control.world()
    assert caught.value.status == 0
    assert str(caught.value).startswith(f"no answer from {url}: ")
    assert len(str(caught.value).splitlines()) == 1


def test_another_server_at_the_url_is_named_as_such() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, text="<html>"))
    with Control(transport=transport) as control, pytest.raises(ControlError, match="is not the control API's"):
        control.world()


def test_url_key_and_token_come_from_arguments_client_or_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json={})

    monkeypatch.setenv("FAKESEED_URL", "http://env.example")
    monkeypatch.setenv("FAKESEED_API_KEY", "env-key")
    monkeypatch.setenv("FAKESEED_CONTROL_TOKEN", "env-token")
    Control(transport=httpx.MockTransport(answer)).world()
    Control("http://told.example/", key="k", token="t", transport=httpx.MockTransport(answer)).world()
    own = httpx.Client(
        base_url="http://own.example", headers={"X-API-Key": "own"}, transport=httpx.MockTransport(answer)
    )
    with Control(client=own) as control:
        control.world()
    assert not own.is_closed, "it is the caller's"
    heads = ("x-api-key", "x-fakeseed-token")
    assert [(str(request.url), *(request.headers[name] for name in heads)) for request in requests] == [
        ("http://env.example/_fakeseed/world", "env-key", "env-token"),
        ("http://told.example/_fakeseed/world", "k", "t"),
        ("http://own.example/_fakeseed/world", "own", "env-token"),
    ]


def test_importing_fakeseed_imports_no_client() -> None:
    code = (
        "import sys, fakeseed; print('httpx' in sys.modules); fakeseed.Control().close(); print('httpx' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "True"]
    with pytest.raises(AttributeError, match="no attribute 'Contrl'"):
        _ = fakeseed.Contrl  # type: ignore[attr-defined]


def test_help_and_diff_import_no_client() -> None:
    result = imported(invoked("snapshot", "--help")) | imported(invoked("snapshot", "diff", "/no/a", "/no/b"))
    assert result & set(HEAVY) == set()


# -- fakeseed snapshot ------------------------------------------------------------------------------------------------


def snapshot_output(*arguments: str, code: int = 0) -> str:
    """What a command says, by the entry point's rules for mistakes."""
    result = CliRunner().invoke(command_line, ["snapshot", *arguments])
    assert result.exit_code == code, (result.output, result.exception)
    return result.output


def test_snapshot_save_diff_and_load(tmp_path: Path) -> None:
    a, b, c = (str(tmp_path / name) for name in ("a.json", "b.json", "c.json"))
    with in_thread(App(Settings(freeze_at=parse_instant(START)), options=Options(control_token="t"))) as base:
        address = ("--url", base, "--key", "k", "--token", "t")
        with Control(base, key="k", token="t") as control, httpx.Client(headers={"X-API-Key": "k"}) as client:
            body = {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a"}}
            task = client.post(f"{base}/api/v1/task", json=body).json()["data"]["task_id"]
            assert "the world of 2026-06-07T15:41:23Z, 0 assets, 1 tasks, 0 uploads" in snapshot_output(
                "save", a, *address
            )
            assert snapshot_output("diff", a, a) == ""
            control.advance("1h")
            snapshot_output("save", b, *address)
            rows = [row_text.split("\t") for row_text in snapshot_output("diff", a, b, code=1).splitlines()]
            assert [f"task {task}", "status", "pending", "completed"] in rows
            assert ["account", "clock.base", START, "2026-06-07T16:41:23Z"] in rows
            assert any(row[1] == "added" and row[0].startswith("movement") for row in rows)
            assert any(row[:2] == [f"due task.start {task}", "removed"] for row in rows)
            differences = json.loads(snapshot_output("diff", a, b, "--json", code=1))
            assert [list(row.values()) for row in differences] == rows
            assert "1 tasks" in snapshot_output("load", a, *address)
            snapshot_output("save", c, *address)
            assert Path(a).read_bytes() == Path(c).read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "b.json", "c.json"], "no drafts are left"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["load", "{tmp}/none"], "cannot read"),
        (["load", "{tmp}/bad"], "no answer from http://127.0.0.1:1"),
        (["save", "{tmp}/x"], "no answer from http://127.0.0.1:1"),
        (["diff", "{tmp}/bad", "{tmp}/bad"], "is no snapshot"),
        (["diff", "{tmp}/none", "{tmp}/bad"], "cannot read"),
        (["save", "{tmp}"], "is a directory"),
        (["save", "{tmp}/x", "--url", "nonsense"], "is not an http(s) URL"),
        (["laod", "x"], "no command 'laod'; did you mean 'load'?"),
    ],
)
def test_wrong_snapshot_arguments_are_one_line(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "bad").write_text("{}")
    monkeypatch.setenv("FAKESEED_URL", "http://127.0.0.1:1")
    monkeypatch.setattr(
        sys, "argv", ["fakeseed", "snapshot", *(argument.format(tmp=tmp_path) for argument in arguments)]
    )
    with pytest.raises(SystemExit) as end:
        main()
    output, errors = capsys.readouterr()
    assert (end.value.code, output) == (2, "")
    assert message in errors


def test_a_refused_snapshot_gives_the_emulators_reason(tmp_path: Path) -> None:
    file = tmp_path / "old"
    file.write_text('{"fakeseed_snapshot": 9}')
    with in_thread(App(Settings())) as base:
        result = CliRunner().invoke(command_line, ["snapshot", "load", str(file), "--url", base])
    assert isinstance(result.exception, ControlError)
    assert result.exception.message.startswith("the snapshot's format is 9")


async def test_a_snapshot_that_cannot_be_written_is_one_line(tmp_path: Path, emulate: Callable[..., Api]) -> None:
    with in_thread(App(Settings())) as base:
        result = CliRunner().invoke(command_line, ["snapshot", "save", str(tmp_path / "no" / "x"), "--url", base])
    assert "cannot write" in str(result.exception)
