"""Which addresses may be contacted when somebody else's URL is fetched."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal

from msgspec import Struct

Reach = Literal["public", "private", "never"]
_Address = IPv4Address | IPv6Address
_Network = IPv4Network | IPv6Network

# First match wins, so an exception stands above the range that holds it. Written out rather than read from the
# `ipaddress` properties: `is_private` and `is_global` changed between patch releases of Python (3.11.9, 3.12.4).
# Source: the IANA special-purpose registries, and the clouds' own documents for the metadata addresses.
_RANGES: tuple[tuple[str, Reach], ...] = (
    ("100.100.100.200/32", "never"),  # metadata, Alibaba
    ("168.63.129.16/32", "never"),  # host agent, Azure: a public address that never leaves the machine room
    ("169.254.0.0/16", "never"),  # link-local, and the metadata of most clouds
    ("192.0.0.0/24", "never"),  # protocol assignments, and 192.0.0.192, metadata, Oracle
    ("0.0.0.0/8", "never"),  # "this host"; Linux takes it as loopback
    ("192.0.2.0/24", "never"),  # documentation
    ("198.51.100.0/24", "never"),
    ("203.0.113.0/24", "never"),
    ("192.88.99.0/24", "never"),  # 6to4 relays, retired
    ("224.0.0.0/4", "never"),  # multicast
    ("240.0.0.0/4", "never"),  # reserved, and broadcast
    ("127.0.0.0/8", "private"),
    ("10.0.0.0/8", "private"),
    ("172.16.0.0/12", "private"),
    ("192.168.0.0/16", "private"),
    ("100.64.0.0/10", "private"),  # carrier-grade NAT
    ("198.18.0.0/15", "private"),  # benchmarking; local proxies answer every name from it
    ("0.0.0.0/0", "public"),
    ("fd00:ec2::254/128", "never"),  # metadata, Amazon
    ("fd20:ce::254/128", "never"),  # metadata, Google
    ("::1/128", "private"),
    ("fc00::/7", "private"),  # unique local
    ("2001::/23", "never"),  # protocol assignments: Teredo, ORCHID
    ("2001:db8::/32", "never"),  # documentation
    ("3fff::/20", "never"),
    ("2000::/3", "public"),  # global unicast
    ("::/0", "never"),  # unspecified, link-local, site-local, multicast, and all that is not given out
)
_SCOPES: tuple[tuple[_Network, Reach], ...] = tuple((ip_network(range_), scope) for range_, scope in _RANGES)

# An IPv4 address inside an IPv6 one is judged as what it is: the network of the form, and how many bits stand after it.
_EMBEDDED: tuple[tuple[IPv6Network, int], ...] = (
    (IPv6Network("::ffff:0:0/96"), 0),  # mapped
    (IPv6Network("::ffff:0:0:0/96"), 0),  # translated (SIIT)
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64
    (IPv6Network("2002::/16"), 80),  # 6to4
    (IPv6Network("::/96"), 0),  # compatible, retired
)


def reach_of(address: str | _Address) -> Reach:
    """How far an address reaches. ValueError when it is none."""
    address = ip_address(address)
    if isinstance(address, IPv6Address):
        address = _embedded(address) or address
    return next(scope for network, scope in _SCOPES if address in network)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if int(address) <= 1:  # unspecified and loopback lie in the range of the compatible form
        return None
    for network, prefix_length in _EMBEDDED:
        if address in network:
            return IPv4Address((int(address) >> prefix_length) & 0xFFFFFFFF)
    return None


class AddressPolicy(Struct, frozen=True):
    """Public addresses always; loopback and private ones when told so; metadata, link-local and special ones never."""

    allow_private: bool

    def allows(self, address: str | _Address) -> bool:
        """Whether the address may be contacted. ValueError when it is none."""
        scope = reach_of(address)
        return scope == "public" or (scope == "private" and self.allow_private)
