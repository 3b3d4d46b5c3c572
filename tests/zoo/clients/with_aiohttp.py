"""aiohttp; never deletes what it uploaded."""

import asyncio

import aiohttp

from tests.zoo.clients.driving import TIMEOUT, drive_async, finish, headers_of, url_of
from tests.zoo.clients.workflow import Habits, Request, Response


async def main() -> bytes:
    """Make the video."""
    limits = aiohttp.ClientTimeout(total=None, sock_connect=TIMEOUT, sock_read=TIMEOUT)
    async with aiohttp.ClientSession(timeout=limits, auto_decompress=True) as session:

        async def send(request: Request) -> Response:
            response, body = Response(), b""
            try:
                async with session.request(
                    request.method,
                    url_of(request),
                    json=request.body,
                    headers=headers_of(request),
                    max_redirects=5,
                ) as stream:
                    response = Response(stream.status, {name.lower(): value for name, value in stream.headers.items()})
                    async for chunk in stream.content.iter_any():
                        body += chunk
                    response.whole = True
            except (aiohttp.ClientError, TimeoutError, ValueError):
                pass
            response.body = body
            return response

        video: bytes = await drive_async(Habits(deletes=False, first_pause=5.0), send, asyncio.sleep)
        return video


if __name__ == "__main__":
    finish(lambda: asyncio.run(main()))
