"""Figures for Prometheus, and lines of JSON."""

import json
import subprocess
import sys

import httpx

from tests.support.servers import started
from tests.support.stores import Stores

KEY = "a-very-secret-key"


def test_figures_tell_what_was_asked(stores: Stores) -> None:
    with started("--state", stores.url("sqlite")) as server, httpx.Client(headers={"X-API-Key": KEY}) as client:
        for path in ("/account/info", "/account/info", "/account/info", "/api/v1/task/some-task", "/no/such/page"):
            client.get(server.url + path)
        metrics = client.get(f"{server.url}/_fakeseed/metrics")
    assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
    worker = f'worker="{server.process.pid}"'
    entries = metrics.text.splitlines()
    assert f'fakeseed_requests_total{{{worker},method="GET",route="/account/info",status="200"}} 3' in entries
    assert 'route="/api/v1/task/{task_id}"' in metrics.text
    assert 'route="other",status="404"} 1' in metrics.text
    assert f"fakeseed_request_seconds_count{{{worker}}} 5" in entries
    assert f"fakeseed_state_away{{{worker}}} 0" in entries
    for name in {entry.split("{")[0].split(" ")[0] for entry in entries if not entry.startswith("#")}:
        family = name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
        assert any(entry.startswith(f"# TYPE {family} ") for entry in entries), name
    assert KEY not in metrics.text


def test_logs_are_lines_of_json_without_keys() -> None:
    command = [sys.executable, "-m", "fakeseed", "serve", "--port", "0", "--log", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().split()[3]
        headers = {"X-API-Key": KEY, "X-Request-Id": "mine-1"}
        first = httpx.get(f"{url}/account/info?token=hidden", headers=headers)
        own = httpx.get(f"{url}/account/info", headers={"X-Request-Id": "not an id!"})
        process.terminate()
        entries = [json.loads(entry) for entry in process.stderr]
    requests = [entry for entry in entries if "request_id" in entry]
    assert [entry["request_id"] for entry in requests] == [first.headers["x-request-id"], own.headers["x-request-id"]]
    assert first.headers["x-request-id"] == "mine-1"
    assert [(entry["method"], entry["path"], entry["status"]) for entry in requests] == [
        ("GET", "/account/info", 200),
        ("GET", "/account/info", 401),
    ]
    assert len(requests[0]["world"]) == 12
    assert KEY not in json.dumps(entries)
    assert "hidden" not in json.dumps(entries)
