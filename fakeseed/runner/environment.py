"""The environment of a child whose requests to the vendor's hosts are answered here, and the files that it names."""

import json
import os
import ssl
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from fakeseed.model.hosts import VENDOR_HOSTS

PRELOAD = Path(__file__).with_name("preload")
PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
DIRECT = ("NO_PROXY", "no_proxy")
LOCAL = "localhost,127.0.0.1,::1"
"""What a child reaches without the proxy: its own machine, for webhooks to itself and the emulator's own address."""
BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "GIT_SSL_CAINFO", "PIP_CERT")
"""Variables that replace what is trusted: they get the system's authorities and ours."""
ADDITIONS = ("NODE_EXTRA_CA_CERTS", "DENO_CERT")
"""Variables that add to what is trusted."""


def child_environment(
    place: Path, certificate: bytes, proxy: str, doors: Mapping[int, tuple[str, int]], allowed: Sequence[str]
) -> dict[str, str]:
    """The variables; what they name is written into ``place``, and nowhere else is anything changed."""
    ours, bundle = place / "ca.pem", place / "bundle.pem"
    ours.write_bytes(certificate)
    bundle.write_bytes(_system_authorities() + b"\n" + certificate)
    return {
        **dict.fromkeys(PROXIES, proxy),
        **dict.fromkeys(DIRECT, LOCAL),
        **dict.fromkeys(BUNDLES, str(bundle)),
        **dict.fromkeys(ADDITIONS, str(ours)),
        "NODE_OPTIONS": _with("NODE_OPTIONS", f'--require="{PRELOAD / "node.cjs"}"', " "),
        "PYTHONPATH": _with("PYTHONPATH", str(PRELOAD), os.pathsep),
        "FAKESEED_INTERCEPT": _told(proxy, doors, allowed),
    }


def _with(variable: str, first: str, between: str) -> str:
    """Something before what a variable of ours holds already."""
    return between.join(filter(None, (first, os.environ.get(variable))))


def _told(proxy: str, doors: Mapping[int, tuple[str, int]], allowed: Sequence[str]) -> str:
    """What the preloads need to know."""
    parts = urlsplit(proxy)
    told = {
        "hosts": VENDOR_HOSTS,
        "doors": doors,
        "allowed": allowed,
        "proxy": [parts.hostname, parts.port],
        "credential": f"{parts.username}:{parts.password}",
    }
    return json.dumps(told)


def _system_authorities() -> bytes:
    """The certificates that this machine trusts; what certifi trusts where the system says nothing."""
    named = (os.environ.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile)
    certifi = find_spec("certifi")
    carried = Path(certifi.origin).with_name("cacert.pem") if certifi and certifi.origin else None
    for path in (*filter(None, named), carried):
        if path is not None and Path(path).is_file():
            return Path(path).read_bytes()
    return b""
