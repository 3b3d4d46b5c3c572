"""requests with a session; reads its asset from the list and not by its id."""

import time

import requests

from tests.zoo.clients.driving import TIMEOUT, drive, finish, headers_of, url_of
from tests.zoo.clients.workflow import Habits, Request, Response

session = requests.Session()
session.trust_env = False
session.max_redirects = 5


def send(request: Request) -> Response:
    """Send one request; keeps what came of a body that breaks off."""
    response, body = Response(), b""
    try:
        with session.request(
            request.method,
            url_of(request),
            json=request.body,
            headers=headers_of(request),
            timeout=TIMEOUT,
            stream=True,
        ) as stream:
            response = Response(stream.status_code, {name.lower(): value for name, value in stream.headers.items()})
            for chunk in stream.iter_content(1 << 10):
                body += chunk
            length = response.headers.get("content-length")
            response.whole = length is None or int(length) == len(body)
    except (requests.RequestException, ValueError):
        pass
    response.body = body
    return response


if __name__ == "__main__":
    finish(lambda: drive(Habits(asset_by_list=True), send, time.sleep))
