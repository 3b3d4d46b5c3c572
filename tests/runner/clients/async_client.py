"""Two videos at once, with asyncio and httpx."""

import asyncio
import os

import httpx

HEADERS = {"X-API-Key": os.environ["PIAPI_API_KEY"]}


async def make_video(client: httpx.AsyncClient, number: int) -> None:
    task_input = {"prompt": f"walk {number}"}
    body = {"model": "seedance", "task_type": "seedance-2", "input": task_input}
    task_id = (await client.post("/api/v1/task", json=body)).json()["data"]["task_id"]
    while (await client.get(f"/api/v1/task/{task_id}")).json()["data"]["status"] != "completed":  # noqa: ASYNC110
        await asyncio.sleep(5 + number)


async def main() -> None:
    async with httpx.AsyncClient(base_url=os.environ["PIAPI_BASE_URL"], headers=HEADERS) as client:
        await asyncio.gather(make_video(client, 0), make_video(client, 1))


asyncio.run(main())
