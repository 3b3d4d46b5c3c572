"""One video, polled every ten seconds, with the standard library alone."""

import json
import os
import time
import urllib.request

BASE = os.environ["PIAPI_BASE_URL"]
HEADERS = {"X-API-Key": os.environ["PIAPI_API_KEY"], "Content-Type": "application/json"}


def call(path: str, body: object = None) -> dict[str, str]:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(BASE + path, data, HEADERS), timeout=5) as response:
        answer: dict[str, str] = json.load(response)["data"]
        return answer


prompt = f"a walk {os.environ.get('DIRECTIVE', '')}"
task_id = call("/api/v1/task", {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": prompt}})["task_id"]
while call(f"/api/v1/task/{task_id}")["status"] != "completed":
    time.sleep(10)
