"""How far away a host is, as far as its name tells: this machine, a network of one's own, or the world."""

import ipaddress


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


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
