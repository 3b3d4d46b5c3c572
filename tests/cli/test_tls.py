"""``fakeseed serve --tls``: HTTPS on the port, by a throw-away authority or a certificate of one's own."""

import json
import re
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import httpx
import pytest
import trustme

from fakeseed.client import Control
from tests.cli.test_cli import ENVIRONMENT, LONG, run
from tests.runner.test_proxy import is_reset, request


class Secured:
    """A server that speaks HTTPS, in its own process."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fakeseed", "serve", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        match = re.match(r"fakeseed \S+ on (https://127\.0\.0\.1:\d+) ", self.line)
        assert match, (self.line, self.process.communicate(timeout=LONG))
        self.url = match[1]

    def __enter__(self) -> "Secured":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.errors = self.process.communicate(timeout=LONG)[1]


def health(url: str, ca: Path) -> str:
    context = ssl.create_default_context(cafile=ca)
    with urlopen(f"{url}/_fakeseed/health", timeout=LONG, context=context) as answer:
        return str(json.load(answer)["status"])


def test_a_throw_away_authority_is_written_where_asked(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    with Secured("--tls-ca", str(ca)) as served:
        assert served.line.endswith(f" · CA {ca}\n")
        assert health(served.url, ca) == "ok"
        assert health(served.url.replace("127.0.0.1", "localhost"), ca) == "ok"
    assert served.errors == ""
    assert b"PRIVATE" not in ca.read_bytes()


def test_without_tls_ca_the_certificate_is_removed_at_the_end() -> None:
    with Secured("--tls") as served:
        ca = Path(served.line.rpartition(" · CA ")[2].strip())
        assert health(served.url, ca) == "ok"
    assert not ca.parent.exists()


def test_tls_negotiates_http_1_1_whatever_a_client_offers(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    with Secured("--tls-ca", str(ca)) as served:
        context = ssl.create_default_context(cafile=ca)
        context.set_alpn_protocols(["h2", "http/1.1"])
        port = int(served.url.rpartition(":")[2])
        with (
            socket.create_connection(("127.0.0.1", port), LONG) as connection,
            context.wrap_socket(connection, server_hostname="localhost") as secured,
        ):
            assert secured.selected_alpn_protocol() == "http/1.1"


def test_urls_in_answers_are_https(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    with Secured("--tls-ca", str(ca), "--pace", "instant") as served:
        verify = ssl.create_default_context(cafile=ca)
        with httpx.Client(base_url=served.url, headers={"X-API-Key": "k"}, verify=verify, trust_env=False) as client:
            file = {"file_name": "a.png", "file_data": "aGVsbG8="}
            file_url = client.post("/api/ephemeral_resource", json=file).json()["data"]["url"]
            assert file_url.startswith(f"{served.url}/ephemeral/")
            assert client.get(file_url).content == b"hello"


def test_a_given_certificate_is_served(tmp_path: Path) -> None:
    authority = trustme.CA()
    leaf = authority.issue_cert("127.0.0.1")
    ca, chain, key = (tmp_path / name for name in ("ca.pem", "chain.pem", "key.pem"))
    authority.cert_pem.write_to_path(ca)
    leaf.cert_chain_pems[0].write_to_path(chain)
    leaf.private_key_pem.write_to_path(key)
    with Secured("--tls-cert", str(chain), "--tls-key", str(key)) as served:
        assert "CA" not in served.line
        assert health(served.url, ca) == "ok"


def test_healthcheck_checks_the_certificate(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    with Secured("--tls-ca", str(ca)) as served:
        assert run("healthcheck", "--url", served.url, "--ca", str(ca)).stdout == f"{served.url} is well\n"
        assert run("healthcheck", "--url", served.url, "--insecure").returncode == 0
        result = run("healthcheck", "--url", served.url)
        assert result.returncode == 1
        assert "certificate verify failed" in result.stderr
        assert run("healthcheck", "--url", served.url.replace("https", "http")).returncode == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tls-cert", "/no/such"], "the certificate /no/such cannot be used: No such file"),
        (["--tls-key", "/no/such"], "--tls-key is a key without a certificate"),
        (["--tls-ca", "/no/such/ca.pem"], "the certificate /no/such/ca.pem cannot be written: No such file"),
    ],
)
def test_unusable_tls_files_are_one_line_and_a_next_step(arguments: list[str], message: str) -> None:
    result = run("serve", "--port", "0", *arguments)
    assert result.returncode == 2
    assert result.stderr.startswith(f"fakeseed: {message}")
    assert len(result.stderr.splitlines()) == 2


def test_a_reset_is_a_reset_over_tls_too(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    with Secured("--tls-ca", str(ca)) as served:
        context = ssl.create_default_context(cafile=ca)
        with httpx.Client(verify=context, trust_env=False) as client:
            Control(served.url, key="intercept", client=client).arm("reset", on="GET account")
        with (
            socket.create_connection(("127.0.0.1", int(served.url.rpartition(":")[2])), LONG) as connection,
            context.wrap_socket(connection, server_hostname="localhost") as secured,
        ):
            secured.sendall(request("/account/info"))
            assert is_reset(secured)
