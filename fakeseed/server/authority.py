"""TLS: a throw-away certificate authority, and contexts for listening sockets."""

import ssl
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from fakeseed.errors import StartError, UsageError
from fakeseed.model.hosts import VENDOR_HOSTS

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
ALPN = ["http/1.1"]
"""What is spoken over TLS; a client that could do more agrees to it."""


class Authority:
    """A certificate authority that lives as long as this value; its key is never written anywhere.

    Raises StartError where the package that makes certificates is missing.
    """

    def __init__(self) -> None:
        try:
            import trustme  # brings cryptography, which most uses of fakeseed need not load
        except ImportError:
            raise StartError(
                "certificates cannot be made: the package trustme is missing", "pip install 'fakeseed[judge]'"
            ) from None
        self._authority = trustme.CA(organization_name="fakeseed, throw-away")

    @property
    def certificate(self) -> bytes:
        """The authority's own certificate, PEM: what a client has to trust."""
        return self._authority.cert_pem.bytes()

    def context(self, names: Iterable[str]) -> ssl.SSLContext:
        """For a socket that answers to these names and addresses."""
        context = _listening()
        self._authority.issue_cert(*names).configure_cert(context)
        return context


def names_of(addresses: Iterable[str | None]) -> list[str]:
    """What a server is called: on its own machine, by the addresses and URLs it was given, and as the vendor's are."""
    hosts = (urlsplit(name if "//" in name else f"//{name}").hostname if name else None for name in addresses)
    names = dict.fromkeys([*LOCAL_NAMES, *VENDOR_HOSTS, *filter(None, hosts)])
    return [name for name in names if name not in ("0.0.0.0", "::")]  # noqa: S104 - nobody is called so


def context_from(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """For a socket with a certificate of one's own. Raises UsageError when it cannot be used."""
    context = _listening()
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as problem:
        raise UsageError(
            f"the certificate {certificate} cannot be used: {problem.strerror or problem}",
            "give a PEM chain to --tls-cert, and its key without a password to --tls-key",
        ) from None
    return context


def _listening() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(ALPN)
    return context
