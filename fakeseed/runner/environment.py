"""The environment of a child whose requests to the vendor's hosts are answered here, and the files that it names."""

import hashlib
import json
import os
import re
import ssl
import struct
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


STORE_PASSWORD = "fakeseed"  # noqa: S105 - a JVM opens no store without one
PEM_BLOCK = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def child_environment(
    place: Path,
    certificate: bytes,
    proxy: str,
    doors: Mapping[int, tuple[str, int]],
    allowed: Sequence[str],
    open_port: int,
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
        "JAVA_TOOL_OPTIONS": _with("JAVA_TOOL_OPTIONS", _java_options(place, bundle, open_port, allowed), " "),
        "NODE_OPTIONS": _with("NODE_OPTIONS", f'--require="{PRELOAD / "node.cjs"}"', " "),
        "PYTHONPATH": _with("PYTHONPATH", str(PRELOAD / "startup"), os.pathsep),
        "FAKESEED_INTERCEPT": _told(proxy, doors, allowed),
    }


def virtual_time_environment(env: Mapping[str, str], virtual_time: Mapping[str, object]) -> dict[str, str]:
    """An environment in which a program's waiting moves its world's clock, beside what the program loads anyway."""
    preloads = {
        "NODE_OPTIONS": (f'--require="{PRELOAD / "virtual_time.cjs"}"', " "),
        "PYTHONPATH": (str(PRELOAD / "startup"), os.pathsep),
    }
    joined = {name: _chained(first, env.get(name), between) for name, (first, between) in preloads.items()}
    return {**env, **joined, "FAKESEED_VIRTUAL_TIME": json.dumps(dict(virtual_time))}


def _chained(first: str, present: str | None, between: str) -> str:
    """Something before what a variable holds already, unless it is there."""
    return present if present and first in present.split(between) else between.join(filter(None, (first, present)))


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


def _java_options(place: Path, bundle: Path, port: int, allowed: Sequence[str]) -> str:
    """What a JVM takes in place of the usual variables. It has no credential for a proxy, so it gets a port without."""
    store = place / "trusted.jks"
    store.write_bytes(java_trust_store(bundle.read_text("latin-1")))
    properties = {
        "https.proxyHost": "127.0.0.1",
        "https.proxyPort": port,
        "http.proxyHost": "127.0.0.1",
        "http.proxyPort": port,
        "http.nonProxyHosts": "|".join(["localhost", "127.*", "[::1]", *allowed]),
        "javax.net.ssl.trustStore": store,
        "javax.net.ssl.trustStorePassword": STORE_PASSWORD,
    }
    return " ".join(f"-D{name}={value}" for name, value in properties.items())


def java_trust_store(pem: str) -> bytes:
    """Certificates as a JVM trusts them: a key store in the JDK's own format (JKS), version 2."""
    certificates = [ssl.PEM_cert_to_DER_cert(block) for block in PEM_BLOCK.findall(pem)]
    store = struct.pack(">III", 0xFEEDFEED, 2, len(certificates))
    for number, certificate in enumerate(certificates):
        alias, kind = str(number).encode(), b"X.509"
        store += struct.pack(f">IH{len(alias)}sQ", 2, len(alias), alias, 0)  # 2: an entry that is trusted
        store += struct.pack(f">H{len(kind)}sI", len(kind), kind, len(certificate)) + certificate
    # The format's own check, no protection: the store holds nothing secret.
    sealed = STORE_PASSWORD.encode("utf-16-be") + b"Mighty Aphrodite" + store
    return store + hashlib.sha1(sealed, usedforsecurity=False).digest()


def _system_authorities() -> bytes:
    """The certificates that this machine trusts; what certifi trusts where the system says nothing."""
    named = (os.environ.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile)
    certifi = find_spec("certifi")
    carried = Path(certifi.origin).with_name("cacert.pem") if certifi and certifi.origin else None
    for path in (*filter(None, named), carried):
        if path is not None and Path(path).is_file():
            return Path(path).read_bytes()
    return b""
