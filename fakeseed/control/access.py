"""Who may use the control API: programs, not web pages; and with a token set, only who has it."""

import hmac
import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from fakeseed.world.journal import TOKEN_HEADER


class AccessGuard:
    """Refuses what a page in a browser could forge.

    A page on another origin shows itself by ``Origin`` or ``Sec-Fetch-Site``. A page that rebinds its own name to this
    server shows itself by ``Host``: only addresses, single-label names (containers), ``localhost`` and the public URL's
    name are taken, none of which a stranger can register.
    """

    def __init__(self, token: str | None, public_url: str | None) -> None:
        self._token = token
        self._public_host = (urlsplit(public_url).hostname or "") if public_url else ""

    @property
    def has_token(self) -> bool:
        """Whether a control token is asked for."""
        return bool(self._token)

    def objection(self, headers: Headers) -> tuple[int, str, str] | None:
        """Status, message and next step when the request is not let in."""
        host = _host_name(headers.get("host", ""))
        if not self._trusts(host):
            return (
                403,
                f"host {host[:80]!r} is not one of this server's names",
                "use its address, or start it with --public-url",
            )
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != headers.get("host"):
            return 403, "a web page on another origin may not use the control API", "call it from a program"
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return 403, "a web page on another origin may not use the control API", "call it from a program"
        if self._token and not hmac.compare_digest(
            headers.get(TOKEN_HEADER, "").encode("latin-1"), self._token.encode()
        ):
            return 401, "the control token is missing or wrong", f"send it in the {TOKEN_HEADER} header"
        return None

    def _trusts(self, host: str) -> bool:
        if "." not in host or host.endswith((".localhost", ".internal")) or host == self._public_host:
            return True
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return False
        return True


def _host_name(header: str) -> str:
    """The name or address of a Host header, without its port."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0].lower()
