"""Eighty addresses that an attacker would give for a webhook, and what their names resolve to.

They are what published attacks on webhooks, importers and previews have used; the test that calls them is
test_p14_egress.py. {port} is the trap's port, which is among the allowed ones: no port saves anybody here.
"""

from tests.wire import PUBLIC

REDIRECTOR = "redirect.example.org"
METADATA = "169.254.169.254"

# This machine and its neighbours, written in every way that some program reads as an address.
NUMBERS = [
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1",
    "017700000001", "0177.0.0.1", "127.0.0.1.", "0", "0.0.0.0", "0x0", "10.0.0.1",  # noqa: S104 -- nothing is bound to it
    "172.16.0.1", "192.168.0.1", "100.64.0.1", "169.254.169.254", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376",
    "198.18.0.1", "192.0.0.192", "224.0.0.1", "255.255.255.255", "240.0.0.1", "168.63.129.16", "100.100.100.200",
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[fe80::1%25lo]", "[fd00:ec2::254]", "[fc00::1]", "[ff02::1]",
    "127%2e0%2e0%2e1", "%31%32%37.0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1", "１２７.0.0.1",
]  # fmt: skip

# Names of this machine and of those beside it.
NAMES = {
    "localhost": "127.0.0.1",
    "localhost.": "127.0.0.1",
    "LOCALHOST": "127.0.0.1",
    "localhost.localdomain": "127.0.0.1",
    "ip6-localhost": "::1",
    "metadata": METADATA,
    "metadata.google.internal": METADATA,
    "database": "10.0.0.5",
    "localtest.example.org": "127.0.0.1",
    "rfc1918.example.org": "192.168.1.1",
    "cgnat.example.org": "100.64.0.1",
    "mapped.example.org": "::ffff:127.0.0.1",
    "nat64.example.org": "64:ff9b::7f00:1",
    "sixtofour.example.org": "2002:7f00:1::",
    "teredo.example.org": "2001:0:7f00:1::1",
    "linklocal.example.org": "fe80::1%lo",
    "unspecified.example.org": "0.0.0.0",  # noqa: S104 -- nothing is bound to it
    "multicast.example.org": "224.0.0.251",
    "documentation.example.org": "192.0.2.1",
    "cloud.example.org": METADATA,
}

# Names with several answers: public beside private, and public first, private when asked again.
ANSWERS: dict[str, list[list[str]]] = {
    "both.example.org": [[PUBLIC, "127.0.0.1"]],
    "rebinding.example.org": [[PUBLIC], ["127.0.0.1"]],
    "rebinding-six.example.org": [[PUBLIC], ["::1"]],
    "rebinding-cloud.example.org": [[PUBLIC], [METADATA]],
}

# Whole addresses: schemes, users, strange characters, ports, and a public server that redirects to the trap.
WHOLE = [
    "http://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_POST",
    "https://hooks.example.org:22/",
    "https://hooks.example.org@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}\\@hooks.example.org/",
    "https://hooks.example.org:{port}#@127.0.0.1:{port}/",
    f"https://{REDIRECTOR}:{{port}}/301?http://127.0.0.1:{{port}}/",
    f"https://{REDIRECTOR}:{{port}}/307?http://127.0.0.1:{{port}}/",
]

URLS = [
    *(f"https://{number}:{{port}}/" for number in NUMBERS),
    *(f"https://{name}:{{port}}/" for name in (*NAMES, *ANSWERS)),
    *WHOLE,
]
