"""Two videos at once, with a thread for each, which wait in two ways."""

import os
import threading
import time

import httpx


def make_video(number: int) -> None:
    wake = threading.Event()
    headers = {"X-API-Key": os.environ["PIAPI_API_KEY"]}
    with httpx.Client(base_url=os.environ["PIAPI_BASE_URL"], headers=headers) as client:
        task_input = {"prompt": f"walk {number}"}
        body = {"model": "seedance", "task_type": "seedance-2", "input": task_input}
        task_id = client.post("/api/v1/task", json=body).json()["data"]["task_id"]
        while client.get(f"/api/v1/task/{task_id}").json()["data"]["status"] != "completed":
            if number:
                wake.wait(5)
            else:
                time.sleep(5)


threads = [threading.Thread(target=make_video, args=(number,)) for number in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
