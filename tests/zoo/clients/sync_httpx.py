"""httpx, blocking; polls often."""

import time

import httpx

from tests.zoo.clients.driving import TIMEOUT, drive, finish, headers_of, url_of
from tests.zoo.clients.workflow import Habits, Request, Response

client = httpx.Client(timeout=TIMEOUT, trust_env=False, follow_redirects=True, max_redirects=5)


def send(request: Request) -> Response:
    """Send one request; keeps what came of a body that breaks off."""
    response, body = Response(), b""
    try:
        with client.stream(request.method, url_of(request), json=request.body, headers=headers_of(request)) as stream:
            response = Response(stream.status_code, {name.lower(): value for name, value in stream.headers.items()})
            for chunk in stream.iter_bytes():
                body += chunk
            response.whole = True
    except (httpx.HTTPError, httpx.InvalidURL):
        pass
    response.body = body
    return response


if __name__ == "__main__":
    finish(lambda: drive(Habits(first_pause=1.5, longest_pause=10.0), send, time.sleep))
