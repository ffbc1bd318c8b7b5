"""Which addresses this site calls of its own accord, and which it never does: somebody else chose them.

Pure judgement over texts and addresses; names are resolved and connections made in exchange/deliveries.py.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from incidents.rules.sentences import worded

MAX_URL = 2000
HTTPS_PORT = 443
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# Beyond what ipaddress knows as not global (its tables are older than some of these).
NEVER = [
    ip_network(each)
    for each in (
        "192.0.0.0/24",  # IETF protocol assignments, a cloud's metadata service among them
        "192.88.99.0/24",  # relays of 6to4
        "168.63.129.16/32",  # a cloud's service for its own machines, on a public address
        "2001::/23",  # Teredo, ORCHID, benchmarking
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address within
        "3fff::/20",  # documentation, since RFC 9637
    )
]
UNICAST = ip_network("2000::/3")  # the only global unicast IPv6; mapped, NAT64 and compatible forms lie outside


class EgressRefused(Exception):
    """An address that is not called; the message says what would be."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be called: the name to resolve, the port, the path with query; `loopback` is for tests."""

    scheme: str
    host: str
    port: int
    path: str
    loopback: bool = False


def target_of(url: str, *, ports: Collection[int] = (HTTPS_PORT,), allow_loopback: bool = False) -> Target:
    """Read an address strictly; raises EgressRefused. Names only: what they resolve to is judged by `addresses_of`.

    No two programs read a strange URL alike, so that whatever is strange is refused rather than repaired.
    `allow_loopback` lets plain HTTP to this machine through as well, on any port, for tests and the demo.
    """
    if len(url) > MAX_URL:
        raise EgressRefused(worded("The address is longer than %(most)d characters.", most=MAX_URL))
    if not url.isascii() or re.search(r"[\x00-\x20\x7f\\]", url):
        raise EgressRefused(
            worded(
                "The address holds a space, a backslash, a control or a non-ASCII character; write such names as "
                "xn--... and other characters with a percent sign."
            )
        )
    try:
        parts = urlsplit(url)
        given = parts.port
        host = parts.hostname or ""
    except ValueError as error:
        raise EgressRefused(worded("The address cannot be read; write https://hooks.example.org/path.")) from error
    if "@" in parts.netloc:
        raise EgressRefused(worded("Leave user name and password out of the address: every message is signed."))
    if parts.fragment or url.endswith("#"):
        raise EgressRefused(worded("Leave out what follows the #: it is never sent."))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if allow_loopback and parts.scheme == "http" and host in LOOPBACK_HOSTS:
        return Target("http", host, given or 80, path, loopback=True)
    if parts.scheme != "https":
        raise EgressRefused(worded("Only https:// is called; write https://hooks.example.org/path."))
    _check_name(host, parts.netloc)
    port = given if given is not None else HTTPS_PORT
    if port not in ports:
        raise EgressRefused(
            worded("Port %(port)d is not called; allowed: %(ports)s.", port=port, ports=map(str, sorted(ports)))
        )
    return Target("https", host, port, path)


def _check_name(host: str, netloc: str) -> None:
    """A full name of letters, digits and hyphens whose last part is no number: 2130706433, 0x7f.1 and [::1] are not."""
    labels = host.split(".")
    if "[" in netloc or "%" in netloc or labels[-1].isdigit() or labels[-1].startswith("0x"):
        raise EgressRefused(worded("Write the name of the host, not its number: its certificate is for the name."))
    if len(host) > 253 or len(labels) < 2 or not all(map(LABEL.fullmatch, labels)):
        raise EgressRefused(
            worded("Write the full name of the host, such as hooks.example.org, without a dot at the end.")
        )


def addresses_of(target: Target, resolved: Sequence[str]) -> list[str]:
    """The addresses a name was resolved to, in that order, if every one of them may be called; raises EgressRefused.

    One that may not spoils them all: a name with a public and a private address is a trap, not a mistake.
    """
    if not resolved:
        raise EgressRefused(f"{target.host} has no address.")
    allowed = is_loopback if target.loopback else is_public
    if not all(map(allowed, resolved)):
        raise EgressRefused(f"{target.host} leads to an address that is not public; nothing was sent.")
    return list(dict.fromkeys(resolved))


def is_public(address: str) -> bool:
    """Whether that is the address of one machine in the public internet, in a form that holds no other address."""
    parsed = _parsed(address)
    if parsed is None or not parsed.is_global or parsed.is_multicast or parsed.is_reserved:
        return False
    if any(parsed in network for network in NEVER if network.version == parsed.version):
        return False
    return isinstance(parsed, IPv4Address) or (parsed in UNICAST and parsed.scope_id is None)


def is_loopback(address: str) -> bool:
    """Whether that is this machine itself."""
    parsed = _parsed(address)
    return parsed is not None and parsed.is_loopback


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address)
    except ValueError:
        return None
