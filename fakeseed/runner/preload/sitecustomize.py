"""Loaded into Python by ``fakeseed run``, through PYTHONPATH: clients that take no proxy from their environment.

The vendor's hosts are found at the emulator's door on this machine; other hosts are not found for the web's ports,
unless allowed. Clients that use the proxy look up nothing but its own address.
"""

import json
import os
import socket
import sys
from base64 import b64encode
from contextlib import suppress
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import Any

_told = json.loads(os.environ.get("FAKESEED_INTERCEPT", "null"))
_find = socket.getaddrinfo


def _local(host: str) -> bool:
    return host in ("localhost", "::1") or host.endswith(".localhost") or host.startswith("127.")


def _report(host: str, port: int) -> None:
    """The proxy knows of hosts that were not reached; asking it is how to tell."""
    credential = b64encode(_told["credential"].encode()).decode()
    line = f"CONNECT {host}:{port} HTTP/1.1\r\nProxy-Authorization: Basic {credential}\r\n\r\n"
    with suppress(OSError), socket.create_connection(tuple(_told["proxy"]), 5) as proxy:
        proxy.sendall(line.encode())
        proxy.recv(1)


def getaddrinfo(host: Any, port: Any, *args: Any, **more: Any) -> Any:
    """As the socket module's, with the vendor's hosts on this machine."""
    name = host.decode() if isinstance(host, bytes) else host
    number = str({"https": 443, "http": 80}.get(port, port))
    door = _told["doors"].get(number)
    if not isinstance(name, str) or door is None or _local(name) or name.lower() in _told["allowed"]:
        return _find(host, port, *args, **more)
    if name.lower() in _told["hosts"]:
        return _find(*door, *args, **more)
    _report(name, int(number))
    raise socket.gaierror(socket.EAI_NONAME, f"fakeseed: {name} is not reached; --allow {name} lets it through")


def _next_one() -> None:
    """Run the sitecustomize that this one stands before, if there is one."""
    here = os.path.dirname(__file__)
    found = PathFinder.find_spec("sitecustomize", [path for path in sys.path if path != here])
    if found is not None and found.loader is not None:
        found.loader.exec_module(module_from_spec(found))


if _told is not None:
    socket.getaddrinfo = getaddrinfo
_next_one()
