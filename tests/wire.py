"""The network as tests bend it: names that lead where the test says, connections diverted to servers of the test.

Certificates are real and checked; what is sent over the wire is the webhooks' matter.
"""

import errno
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PUBLIC, PUBLIC_TOO = "93.184.215.14", "151.101.1.6"
Divert = Callable[[str, int], int | None]


@contextmanager
def tapped(divert: Divert) -> Iterator[list[str]]:
    """The addresses that anybody connects to meanwhile; each lands on the port of this machine that `divert` says.

    None is an address that nobody answers.
    """
    seen: list[str] = []
    connect = socket.socket.connect

    def spy(connection: socket.socket, address: Any) -> None:
        host, port = address[0], address[1]
        seen.append(host)
        to = divert(host, port)
        if to is None:
            raise OSError(errno.ENETUNREACH, "nobody is there")
        local = "::1" if connection.family == socket.AF_INET6 else "127.0.0.1"
        connect(connection, (local, to))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", spy)
        yield seen


def certificate(
    folder: Path, *names: str, valid_for: timedelta = timedelta(days=1)
) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for these names, and a client's that trusts its issuer and no other."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Authority of the tests")])
    now = datetime.now(UTC)
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    alternatives.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    made = (
        x509.CertificateBuilder()
        .subject_name(issuer)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + valid_for)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "server.pem"
    file.write_bytes(private + pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=pem.decode())
