"""What uvicorn would read from the environment, or from a client's headers, changes nothing."""

import httpx
import pytest

from fakeseed.server.app import App
from fakeseed.server.run import in_thread
from fakeseed.world.settings import Settings

FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1", "X-API-Key": "k"}
FILE = {"file_name": "a.png", "file_data": "aGVsbG8="}


@pytest.mark.parametrize("workers", ["4", "many", ""])
def test_a_client_cannot_change_the_scheme_of_urls_in_answers(monkeypatch: pytest.MonkeyPatch, workers: str) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    monkeypatch.setenv("WEB_CONCURRENCY", workers)
    with in_thread(App(Settings(seed="s"))) as url, httpx.Client(base_url=url, trust_env=False) as client:
        answer = client.post("/api/ephemeral_resource", json=FILE, headers=FORWARDED)
    assert answer.json()["data"]["url"].startswith(f"{url}/")
