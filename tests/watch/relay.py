"""A server that passes what each client sends to all others, as a TAK server does with events: plain or by TLS."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Relay:
    """Runs on a thread of its own. `got` holds all bytes that any client sent."""

    def __init__(self, context: ssl.SSLContext | None = None, greeting: bytes = b""):
        self._context, self._greeting = context, greeting
        self.port = 0
        self.got = b""
        self.start()

    def start(self) -> None:
        self._writers: list[asyncio.StreamWriter] = []
        self._loop = asyncio.new_event_loop()
        begun = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(begun,), daemon=True)
        self._thread.start()
        assert begun.wait(10)

    def kill(self) -> None:
        """End it, and every connection, at once. The port stays the same for the next start."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def send(self, data: bytes) -> None:
        """To every client, as it is."""
        self._loop.call_soon_threadsafe(lambda: [writer.write(data) for writer in self._writers])

    @property
    def clients(self) -> int:
        return len(self._writers)

    def _run(self, begun: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve(begun))
        self._loop.close()

    async def _serve(self, begun: threading.Event) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._client, "127.0.0.1", self.port, ssl=self._context)
        self.port = server.sockets[0].getsockname()[1]
        begun.set()
        await self._stop.wait()
        server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        writer.write(self._greeting)
        try:
            while data := await reader.read(65_536):
                self.got += data
                for other in self._writers:
                    if other is not writer:
                        other.write(data)
        except OSError:
            pass
        finally:
            if writer in self._writers:
                self._writers.remove(writer)
            writer.close()


class Certificates:
    """An authority with a server's and a client's certificate under it, as PEM files."""

    def __init__(self, directory: Path):
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Qarand test authority")])
        self.ca = directory / "ca.pem"
        self.ca.write_bytes(self._signed(self._name, self._key, is_ca=True))
        self.server = self._made("server")
        self.client = self._made("client")

    def _made(self, name: str) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        cert_file, key_file = self._directory / f"{name}.pem", self._directory / f"{name}.key"
        cert_file.write_bytes(self._signed(subject, key, is_ca=False))
        form = serialization.PrivateFormat.PKCS8
        encrypted = serialization.BestAvailableEncryption(b"made up")
        secret = encrypted if name == "client" else serialization.NoEncryption()
        key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, secret))
        return cert_file, key_file

    def _signed(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, is_ca: bool) -> bytes:
        at = datetime.now(UTC)
        names = [x509.DNSName("tak.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        own, issuer = key.public_key(), self._key.public_key()
        use = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment"), False)
        use |= dict.fromkeys(("key_agreement", "encipher_only", "decipher_only"), False)
        usage = x509.KeyUsage(digital_signature=True, key_cert_sign=is_ca, crl_sign=is_ca, **use)
        made = x509.CertificateBuilder(
            issuer_name=self._name,
            subject_name=subject,
            public_key=own,
            serial_number=x509.random_serial_number(),
            not_valid_before=at - timedelta(days=1),
            not_valid_after=at + timedelta(days=1),
        )
        for extension, critical in (
            (x509.BasicConstraints(ca=is_ca, path_length=None), True),
            (usage, True),
            (x509.SubjectAlternativeName(names), False),
            (x509.SubjectKeyIdentifier.from_public_key(own), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), False),
        ):
            made = made.add_extension(extension, critical)
        return made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def of_server(self) -> ssl.SSLContext:
        """A server that only talks to clients under the authority."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(self.ca))
        context.load_cert_chain(*map(str, self.server))
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def secrets(self) -> dict[str, str]:
        """As a feed's secrets name them."""
        cert, key = map(str, self.client)
        return {"ca_file": str(self.ca), "cert_file": cert, "key_file": key, "key_password": "made up"}
