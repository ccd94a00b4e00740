"""Where a host is, as far as its name tells: this machine, a network of one's own, or the world; and who sent what."""

import ipaddress
from collections.abc import Iterable
from typing import Final, TypeAlias

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_OWN_BITS: Final = 64


def is_loopback(host: str) -> bool:
    """Whether it is this machine."""
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def is_near(host: str) -> bool:
    """Whether it is this machine or one of a closed network: a private address, or a name without a dot.

    The names of containers and of machines behind one router have none.
    """
    address = _address(host)
    if address is None:
        return "." not in host
    return address.is_private and not address.is_unspecified


def sender(host: str, forwarded: Iterable[str], proxies: Iterable[Network]) -> str:
    """Whose request it is: the host that sent it, or the last one that our own proxies say had sent it to them.

    `forwarded` are the values of `X-Forwarded-For`, to which each proxy adds whom it heard; what stands before the
    first that is no proxy of ours anybody may have written.
    """
    said = [each.strip() for value in forwarded for each in value.split(",")]
    proxies = tuple(proxies)
    while said and _is_of(host, proxies):
        host = said.pop()
    return host


def network(host: str) -> str:
    """Whom an address stands for: all of an IPv6 network of 64 bits is one's."""
    address = _address(host)
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.IPv6Network((address, _OWN_BITS), strict=False))
    return host


def _is_of(host: str, networks: Iterable[Network]) -> bool:
    address = _address(host)
    return address is not None and any(address in each for each in networks)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
