"""Loaded into Python by fakeseed, through PYTHONPATH, before the program's own modules.

Where the program's waiting moves its world's clock, it begins here. Where clients take no proxy from their environment,
the vendor's hosts are found at the emulator's door on this machine; other hosts are not found for the web's ports,
unless allowed. Clients that use the proxy look up nothing but its own address.
"""

import json
import os
import sys
from contextlib import suppress
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

_here = os.path.dirname(os.path.abspath(__file__))


def _begin_virtual_time(target: Any) -> None:
    """Load what this folder lies in, under a name that no program has; without the emulator, time stays real."""
    folder = os.path.dirname(_here)
    path = os.path.join(folder, "__init__.py")
    spec = spec_from_file_location("_fakeseed_preload", path, submodule_search_locations=[folder])
    if spec is None or spec.loader is None:
        return
    sys.modules["_fakeseed_preload"] = package = module_from_spec(spec)
    spec.loader.exec_module(package)
    channel, virtual_time = import_module("_fakeseed_preload.channel"), import_module("_fakeseed_preload.virtual_time")
    with suppress(channel.ChannelError):
        begun = virtual_time.VirtualTime(target["host"], target["port"], target["key"], everyone=True)
        os.register_at_fork(after_in_child=begun.in_child)


def _lead_to_the_emulator(told: Any) -> None:
    """Let the vendor's hosts be found at the emulator's door."""
    import socket
    from base64 import b64encode

    find = socket.getaddrinfo

    def local(host: str) -> bool:
        return host in ("localhost", "::1") or host.endswith(".localhost") or host.startswith("127.")

    def report(host: str, port: int) -> None:
        """The proxy knows of hosts that were not reached; asking it is how to tell."""
        credential = b64encode(told["credential"].encode()).decode()
        head = f"CONNECT {host}:{port} HTTP/1.1\r\nProxy-Authorization: Basic {credential}\r\n\r\n"
        with suppress(OSError), socket.create_connection(tuple(told["proxy"]), 5) as proxy:
            proxy.sendall(head.encode())
            proxy.recv(1)

    def getaddrinfo(host: Any, port: Any, *args: Any, **more: Any) -> Any:
        """As the socket module's, with the vendor's hosts on this machine."""
        name = host.decode() if isinstance(host, bytes) else host
        number = str({"https": 443, "http": 80}.get(port, port))
        door = told["doors"].get(number)
        if not isinstance(name, str) or door is None or local(name) or name.lower() in told["allowed"]:
            return find(host, port, *args, **more)
        if name.lower() in told["hosts"]:
            return find(*door, *args, **more)
        report(name, int(number))
        raise socket.gaierror(socket.EAI_NONAME, f"fakeseed: {name} is not reached; --allow {name} lets it through")

    socket.getaddrinfo = getaddrinfo


def _load_the_next() -> None:
    """Run the sitecustomize that this one stands before, if there is one."""
    folders = [path for path in sys.path if os.path.abspath(path) != _here]
    spec = PathFinder.find_spec("sitecustomize", folders)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(module_from_spec(spec))


_virtual, _intercept = (
    json.loads(os.environ.get(name, "null")) for name in ("FAKESEED_VIRTUAL_TIME", "FAKESEED_INTERCEPT")
)
if _virtual is not None:
    _begin_virtual_time(_virtual)
if _intercept is not None:
    _lead_to_the_emulator(_intercept)
_load_the_next()
