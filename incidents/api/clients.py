"""Where a request comes from: the client's address behind the proxies that are trusted, and what may be kept of it.

Who a client is, is said by keys (authentication.py); how often it may ask, in limits.py.
"""

import ipaddress
import re
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "unknown"
IPV6 = 6
# As some proxies write it: 192.0.2.5:4711, [2001:db8::1]:443.
WITH_PORT = re.compile(r"\[([^][]{1,100})\](?::[0-9]{1,5})?|([0-9.]{7,15}):[0-9]{1,5}")
LONGEST = 100  # characters: an address with its zone; what is longer is none, and is kept by nobody
# What one customer of a provider has, and what is kept of an address in a log.
ONE_CUSTOMER, IN_LOGS = (32, 64), (24, 48)  # of IPv4, of IPv6


def client_address(request: HttpRequest) -> str:
    """The address of the client: X-Forwarded-For is believed as far as NUM_PROXIES trusted proxies have written it."""
    address: str = request.META.get("REMOTE_ADDR", "")
    proxies: int = settings.REST_FRAMEWORK["NUM_PROXIES"]
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if proxies and forwarded:
        hops = forwarded.split(",")
        address = hops[-min(proxies, len(hops))]
    address = address.strip()
    match = WITH_PORT.fullmatch(address)
    return ((match[1] or match[2]) if match else address)[:LONGEST]


def customer(address: str) -> str:
    """The network under which an address is counted: whoever has an IPv6 network has all the addresses in it."""
    return _network(address, ONE_CUSTOMER)


def truncated(address: str) -> str:
    """An address as logs may hold it: the network that it stands in."""
    return _network(address, IN_LOGS)


@lru_cache(maxsize=4096)
def _network(address: str, lengths: tuple[int, int]) -> str:
    try:
        at: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return UNKNOWN
    if isinstance(at, ipaddress.IPv6Address) and at.ipv4_mapped:
        at = at.ipv4_mapped
    return str(ipaddress.ip_network((at, lengths[at.version == IPV6]), strict=False))
