# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate authority of its own for each deployment, and what it signs."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scaleway_inference_emulator.records import Authority
from scaleway_inference_emulator.store import Store

VALID_FOR = timedelta(days=3650)

#: What the key of a CA may be used for.
SIGNING = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


def authority(store: Store, deployment_id: str) -> Authority:
    """The CA of a deployment. The first call creates and stores it."""
    known = store.get(Authority, deployment_id)
    if known is None:
        known = _new_authority(deployment_id)
        store.put(known)
    return known


def server_context(signer: Authority, host: str) -> ssl.SSLContext:
    """A TLS context with a new certificate for ``host`` (an IP address) and ``localhost``, signed by ``signer``."""
    signer_key = serialization.load_pem_private_key(signer.key.encode(), None)
    assert isinstance(signer_key, ec.EllipticCurvePrivateKey)
    issuer = x509.load_pem_x509_certificate(signer.certificate.encode())
    key = ec.generate_private_key(ec.SECP256R1())
    addresses = [x509.IPAddress(ipaddress.ip_address(each)) for each in sorted({host, "127.0.0.1"})]
    certificate = (
        _builder(signer.id, key)
        .issuer_name(issuer.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([*addresses, x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer_key.public_key()), critical=False)
        .sign(signer_key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # ``ssl`` loads certificates from files only.
    with TemporaryDirectory() as folder:
        file = Path(folder, "server.pem")
        file.write_text(_pem(key) + _pem(certificate))
        context.load_cert_chain(file)
    return context


def _new_authority(deployment_id: str) -> Authority:
    """A new self-signed CA."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = f"{deployment_id} CA"
    certificate = (
        _builder(name, key)
        .issuer_name(_name(name))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(SIGNING, critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(id=deployment_id, certificate=_pem(certificate), key=_pem(key))


def _builder(name: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    """The part that CA and server certificates share. They are valid by the real clock, which TLS clients use."""
    now = datetime.now(timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(value: x509.Certificate | ec.EllipticCurvePrivateKey) -> str:
    if isinstance(value, x509.Certificate):
        return value.public_bytes(serialization.Encoding.PEM).decode()
    form = serialization.PrivateFormat.PKCS8
    return value.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
