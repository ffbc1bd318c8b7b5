"""Which addresses may be called: how an address is read, and which machines it may lead to.

The wire is in tests/exchange/test_deliveries.py, the hostile corpus in tests/promises/test_p14_egress.py.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.rules.delivery.egress import EgressRefused, Target, addresses_of, is_public, target_of


def test_it_works() -> None:
    assert target_of("https://hooks.example.org/in?of=us") == Target("https", "hooks.example.org", 443, "/in?of=us")
    assert target_of("https://HOOKS.Example.org") == Target("https", "hooks.example.org", 443, "/")
    assert target_of("https://hooks.example.org:8443/", ports={443, 8443}).port == 8443
    assert target_of("https://xn--rhqv96g.example.org/%D9%82").host == "xn--rhqv96g.example.org"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "Only https://"),
        ("hooks.example.org", "Only https://"),
        ("http://hooks.example.org/", "Only https://"),
        ("//hooks.example.org/", "Only https://"),
        ("https://hooks.example.org:8443/", "Port 8443 is not called; allowed: 443"),
        ("https://hooks.example.org:0/", "Port 0 is not called"),
        ("https://hooks.example.org:99999/", "cannot be read"),
        ("https://hooks.example.org:https/", "cannot be read"),
        ("https://[::1/", "cannot be read"),
        ("https://us:secret@hooks.example.org/", "user name and password"),
        ("https://@hooks.example.org/", "user name and password"),
        ("https://hooks.example.org/#x", "follows the #"),
        ("https://hooks.example.org/#", "follows the #"),
        ("https://hooks.example.org/\r\nx: y", "a space, a backslash"),
        ("https://hooks.example.org\t/", "a space, a backslash"),
        (" https://hooks.example.org/", "a space, a backslash"),
        ("https://hooks。example.org/", "xn--"),
        ("https://hooks/", "full name of the host"),
        ("https:///in", "full name of the host"),
        ("https://hooks..org/", "full name of the host"),
        ("https://-hooks.example.org/", "full name of the host"),
        ("https://hooks_1.example.org/", "full name of the host"),
        ("https://hooks.example.org./", "full name of the host"),
        (f"https://{'x' * 64}.example.org/", "full name of the host"),
        ("https://93.184.215.14/", "not its number"),
        ("https://[2606:4700::1]/", "not its number"),
        (f"https://hooks.example.org/{'x' * 2000}", "longer than 2000"),
    ],
)
def test_whatever_is_strange_is_refused_with_what_to_write(url: str, said: str) -> None:
    with pytest.raises(EgressRefused, match=said):
        target_of(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8765/x", "http://localhost/x", "http://[::1]:8765/x"])
def test_this_machine_is_called_only_where_tests_and_the_demo_allow_it(url: str) -> None:
    with pytest.raises(EgressRefused):
        target_of(url)
    target = target_of(url, allow_loopback=True)
    assert (target.scheme, target.loopback) == ("http", True)
    assert addresses_of(target, ["127.0.0.1", "::1"]) == ["127.0.0.1", "::1"]
    for elsewhere in ("10.0.0.1", "93.184.215.14"):
        with pytest.raises(EgressRefused):
            addresses_of(target, [elsewhere])


def test_one_address_that_is_not_public_spoils_them_all() -> None:
    target = target_of("https://hooks.example.org/")
    assert addresses_of(target, ["93.184.215.14", "2606:4700::1", "93.184.215.14"]) == ["93.184.215.14", "2606:4700::1"]
    for resolved in ([], ["93.184.215.14", "127.0.0.1"], ["::ffff:93.184.215.14"], ["hooks.example.org"], ["127.1"]):
        with pytest.raises(EgressRefused):
            addresses_of(target, resolved)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.9.9.9", "169.254.169.254",  # noqa: S104
        "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1",
        "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
        "168.63.129.16", "::", "::1", "::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::808:808", "64:ff9b:1::1", "100::1",
        "2001::1", "2001:2::1", "2001:10::1", "2001:db8::1", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1",
        "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "2606:4700::1%eth0", "", "x", "1", "0x7f.1", "08.8.8.8",
    ],
)  # fmt: skip
def test_these_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "93.184.215.14", "172.32.0.1", "2606:4700::1", "2a00::1"])
def test_these_are(address: str) -> None:
    assert is_public(address)


@given(st.text(max_size=60) | st.text(alphabet="htps:/@[]%.#?\\0123456789abcx-", max_size=40).map("https://".__add__))
def test_any_text_at_all_is_read_or_refused(url: str) -> None:
    try:
        target = target_of(url)
    except EgressRefused:
        return
    assert target.host in url.lower()
    assert target.host.count(".") >= 1
    assert target.port == 443
