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
        found = client.get(f"{server.url}/_fakeseed/metrics")
    assert found.headers["content-type"].startswith("text/plain; version=0.0.4")
    worker = f'worker="{server.process.pid}"'
    lines = found.text.splitlines()
    assert f'fakeseed_requests_total{{{worker},method="GET",route="/account/info",status="200"}} 3' in lines
    assert 'route="/api/v1/task/{task_id}"' in found.text
    assert 'route="other",status="404"} 1' in found.text
    assert f"fakeseed_request_seconds_count{{{worker}}} 5" in lines
    assert f"fakeseed_state_away{{{worker}}} 0" in lines
    for name in {line.split("{")[0].split(" ")[0] for line in lines if not line.startswith("#")}:
        family = name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
        assert any(line.startswith(f"# TYPE {family} ") for line in lines), name
    assert KEY not in found.text


def test_logs_are_lines_of_json_without_keys() -> None:
    command = [sys.executable, "-m", "fakeseed", "serve", "--port", "0", "--log", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().split()[3]
        headers = {"X-API-Key": KEY, "X-Request-Id": "mine-1"}
        given = httpx.get(f"{url}/account/info?token=hidden", headers=headers)
        own = httpx.get(f"{url}/account/info", headers={"X-Request-Id": "not an id!"})
        process.terminate()
        lines = [json.loads(line) for line in process.stderr]
    requests = [line for line in lines if "request_id" in line]
    assert [line["request_id"] for line in requests] == [given.headers["x-request-id"], own.headers["x-request-id"]]
    assert given.headers["x-request-id"] == "mine-1"
    assert [(line["method"], line["path"], line["status"]) for line in requests] == [
        ("GET", "/account/info", 200),
        ("GET", "/account/info", 401),
    ]
    assert len(requests[0]["world"]) == 12
    assert KEY not in json.dumps(lines)
    assert "hidden" not in json.dumps(lines)
