"""httpx on asyncio; polls seldom."""

import asyncio

import httpx

from tests.zoo.clients.driving import TIMEOUT, drive_async, finish, headers_of, url_of
from tests.zoo.clients.workflow import Habits, Request, Response


async def main() -> bytes:
    """Make the video."""
    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, follow_redirects=True, max_redirects=5) as client:

        async def send(request: Request) -> Response:
            response, body = Response(), b""
            try:
                async with client.stream(
                    request.method, url_of(request), json=request.body, headers=headers_of(request)
                ) as stream:
                    headers = {name.lower(): value for name, value in stream.headers.items()}
                    response = Response(stream.status_code, headers)
                    async for chunk in stream.aiter_bytes():
                        body += chunk
                    response.whole = True
            except (httpx.HTTPError, httpx.InvalidURL):
                pass
            response.body = body
            return response

        video: bytes = await drive_async(Habits(first_pause=20.0, longest_pause=90.0), send, asyncio.sleep)
        return video


if __name__ == "__main__":
    finish(lambda: asyncio.run(main()))
