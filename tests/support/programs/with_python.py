"""As with_fetch.mjs, with the library that the argument names."""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

API = "https://api.piapi.ai/api/v1"
HEADERS = {"X-API-Key": os.environ["PIAPI_API_KEY"], "Content-Type": "application/json"}
Get = Callable[[str, str, bytes | None], bytes]


def with_requests() -> Get:
    import requests

    session = requests.Session()

    def get(method: str, url: str, body: bytes | None) -> bytes:
        answer = session.request(method, url, data=body, headers=HEADERS, timeout=30)
        answer.raise_for_status()
        return answer.content

    return get


def with_httpx(*, trust_env: bool = True) -> Get:
    import httpx

    client = httpx.Client(timeout=30, trust_env=trust_env, verify=os.environ["SSL_CERT_FILE"])

    def get(method: str, url: str, body: bytes | None) -> bytes:
        return client.request(method, url, content=body, headers=HEADERS).raise_for_status().content

    return get


def with_urllib() -> Get:
    from urllib.request import Request, urlopen

    def get(method: str, url: str, body: bytes | None) -> bytes:
        with urlopen(Request(url, body, HEADERS, method=method), timeout=30) as answer:
            return bytes(answer.read())

    return get


def with_http_client() -> Get:
    """Knows nothing of proxies."""
    from http.client import HTTPSConnection

    def get(method: str, url: str, body: bytes | None) -> bytes:
        host, _, path = url.removeprefix("https://").partition("/")
        connection = HTTPSConnection(host, timeout=30)
        try:
            connection.request(method, f"/{path}", body, HEADERS)
            answer = connection.getresponse()
            assert answer.status < 300, answer.status
            return answer.read()
        finally:
            connection.close()

    return get


LIBRARIES: dict[str, Callable[[], Get]] = {
    "requests": with_requests,
    "httpx": with_httpx,
    "httpx without proxies": lambda: with_httpx(trust_env=False),
    "urllib": with_urllib,
    "http.client": with_http_client,
}


def main(get: Get, pause: float) -> None:
    def asked(method: str, url: str, body: object = None) -> Any:
        return json.loads(get(method, url, None if body is None else json.dumps(body).encode()))

    file = {"file_name": "a.png", "file_data": "aGVsbG8="}
    content = asked("POST", "https://upload.theapi.app/api/ephemeral_resource", file)
    asset_id = asked("POST", f"{API}/asset/upload", {"url": content["data"]["url"], "asset_type": "Image"})["asset_id"]
    while asked("GET", f"{API}/asset/{asset_id}")["status"] != "Active":
        time.sleep(pause)
    expected = {"prompt": "a fox", "image_urls": [f"asset://{asset_id}"], "duration": 4, "resolution": "480p"}
    body = {"model": "seedance", "task_type": "seedance-2-less-restriction", "input": expected}
    data = asked("POST", f"{API}/task", body)["data"]
    begun, polls = time.time(), 0
    while data["status"] != "completed":
        time.sleep(pause)
        data, polls = asked("GET", f"{API}/task/{data['task_id']}")["data"], polls + 1
    video = get("GET", data["output"]["video"], None)
    print(data["output"]["video"], len(video), video[4:8].decode())
    print(f"{polls} polls in {time.time() - begun:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main(LIBRARIES[sys.argv[1]](), float(sys.argv[2]))
