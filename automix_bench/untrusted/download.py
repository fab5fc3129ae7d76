"""Fetch a file from an address that a stranger wrote, within bounds.

Only https is followed, also by redirects, and only to public addresses: every address that a host's
name stands for is checked, and the connection is made to the one that was checked, so that a name
cannot change its meaning in between. The size is known beforehand and the bytes are counted; one
clock runs from the first look-up to the last byte; the sha256 decides in the end. No proxy, cookie,
name or password is used.
"""

from __future__ import annotations

import hashlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import SplitResult, urljoin, urlsplit

from automix_bench.errors import DatasetError
from automix_bench.files.atomic import whole_file
from automix_bench.untrusted.shown import one_line

LONGEST_ADDRESS = 2_000
MOST_REDIRECTS = 5
REDIRECTS = {301, 302, 303, 307, 308}
PART = 1 << 16
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
TUNNELS = tuple(map(ipaddress.ip_network, ("2001::/32", "2002::/16")))
"""Teredo and 6to4: addresses of IPv6 that carry one of IPv4, which may be private."""


@dataclass(frozen=True)
class Reach:
    """Where a download may go. The default is the public Internet by https.

    Attributes:
        schemes: of addresses, in lower case.
        ports: None for the scheme's own alone.
        private: whether addresses may be followed that are not public; for tests.
        context: of TLS; None for the system's certificates.
    """

    schemes: tuple[str, ...] = ("https",)
    ports: tuple[int, ...] | None = None
    private: bool = False
    context: ssl.SSLContext | None = None


PUBLIC = Reach()


def download(
    address: str, out: Path, *, sha256: str, size: int, seconds: float, reach: Reach = PUBLIC
) -> None:
    """Fetch a file. Under its name it is whole, of this size and sum, or not there.

    Args:
        sha256: of the content, 64 digits in lower case.
        size: in bytes; one more is not read.
        seconds: for all of it.

    Raises:
        DatasetError: the address or a redirect leads elsewhere than it may, the server does not
            give the file, or what it gives has another size or sum, or comes too slowly.
    """
    clock = _Clock(time.monotonic() + seconds, seconds, _short(address))
    place, summed, count = address, hashlib.sha256(), 0
    for _ in range(MOST_REDIRECTS + 1):
        with _asked(place, reach, clock) as answer:
            if answer.status in REDIRECTS:
                place = _joined(place, answer.headers.get("Location", ""), clock)
                continue
            _demand_whole(answer, size, clock.where)
            with whole_file(out) as file:
                count = _copy(answer, file, size, summed, clock)
                if count != size:
                    raise clock.refusal(f"expected {size} bytes, got {count}")
                if summed.hexdigest() != sha256:
                    raise clock.refusal(
                        f"expected the sha256 {sha256[:12]}…, got {summed.hexdigest()[:12]}…"
                    )
            return
    raise clock.refusal(f"expected at most {MOST_REDIRECTS} redirects, got more")


@dataclass(frozen=True)
class _Clock:
    """The time that is left, and the address as a message shows it. What waits for the network is
    given the time that is left, so that its own time-out is the end of the time too."""

    end: float
    seconds: float
    where: str

    def left(self) -> float:
        left = self.end - time.monotonic()
        if left <= 0.0:
            raise self.late()
        return left

    def late(self) -> DatasetError:
        return self.refusal(f"expected the file within {self.seconds:g} s, got no end of it")

    def refusal(self, reason: str) -> DatasetError:
        return DatasetError(f"{self.where}: {reason}")


def _joined(address: str, redirect: str, clock: _Clock) -> str:
    """The address that a redirect leads to."""
    try:
        return urljoin(address, redirect)
    except ValueError as error:
        raise clock.refusal(f"expected an address, got {_short(redirect)}: {error}") from error


def _short(address: str) -> str:
    return one_line(address)[:200]


@contextmanager
def _asked(address: str, reach: Reach, clock: _Clock) -> Iterator[http.client.HTTPResponse]:
    """The answer to a request. When the time is over, the connection is cut, whatever it does."""
    parts = _demand_address(address, reach, clock)
    connection = _connection(parts, reach, clock)
    cut = threading.Event()

    def end() -> None:
        cut.set()
        if connection.sock is not None:
            _shut(connection.sock)

    timer = threading.Timer(clock.left(), end)
    timer.daemon = True
    timer.start()
    try:
        connection.connect()
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        headers = {"Accept-Encoding": "identity", "User-Agent": "automix-bench", "Accept": "*/*"}
        connection.request("GET", target, headers=headers)
        with connection.getresponse() as answer:
            yield answer
        if cut.is_set():
            raise clock.late()
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        if cut.is_set() or isinstance(error, TimeoutError):
            raise clock.late() from error
        reason = one_line(str(error) or type(error).__name__)[:200]
        raise clock.refusal(f"{_short(address)} cannot be fetched: {reason}") from error
    finally:
        timer.cancel()
        connection.close()


def _shut(sock: Any) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        sock.close()


def _demand_address(address: str, reach: Reach, clock: _Clock) -> SplitResult:
    """The parts of an address that may be followed."""
    expected = " or ".join(f"{scheme}://" for scheme in reach.schemes)
    if len(address) > LONGEST_ADDRESS or not (address.isascii() and address.isprintable()):
        raise clock.refusal(f"expected an address of at most {LONGEST_ADDRESS} visible ASCII signs")
    try:
        parts, port = urlsplit(address), urlsplit(address).port
    except ValueError as error:
        raise clock.refusal(f"expected an address, got {_short(address)}: {error}") from error
    if parts.scheme not in reach.schemes or not parts.hostname or " " in address:
        raise clock.refusal(f"expected {expected} and a host, got {_short(address)}")
    if parts.username is not None or parts.password is not None:
        raise clock.refusal("expected no name or password in the address")
    if port is not None and port not in (reach.ports or (443,)):
        raise clock.refusal(f"expected the usual port, got {port}")
    return parts


def _connection(parts: SplitResult, reach: Reach, clock: _Clock) -> http.client.HTTPConnection:
    """A connection to the address that was checked, for the host's name."""
    host = str(parts.hostname)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    place = _resolved(host, port, reach, clock)

    def connected(*_: Any, **__: Any) -> socket.socket:
        return socket.create_connection((place, port), timeout=clock.left())

    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = reach.context or ssl.create_default_context()
        connection = http.client.HTTPSConnection(host, port, timeout=clock.left(), context=context)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=clock.left())
    connection._create_connection = connected  # type: ignore[attr-defined]
    return connection


def _resolved(host: str, port: int, reach: Reach, clock: _Clock) -> str:
    """One of the addresses that a host's name stands for; all of them must be public."""
    try:
        told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise clock.refusal(f"{one_line(host)[:100]}: no such host: {error}") from error
    clock.left()
    places = list(dict.fromkeys(str(entry[4][0]) for entry in told))
    if not reach.private and (hidden := [place for place in places if not is_public(place)]):
        raise clock.refusal(
            f"{one_line(host)[:100]}: expected a public address, got {one_line(hidden[0])}"
        )
    return places[0]


def is_public(place: str) -> bool:
    """Whether an IP address is one of the public Internet.

    >>> is_public("9.9.9.9"), is_public("10.0.0.1"), is_public("::ffff:127.0.0.1")
    (True, False, False)
    """
    try:
        number = ipaddress.ip_address(place.partition("%")[0])
    except ValueError:
        return False
    if number.version == 6 and number not in GLOBAL_UNICAST:
        return False
    in_tunnel = any(number in tunnel for tunnel in TUNNELS)
    return number.is_global and not number.is_multicast and not in_tunnel


def _demand_whole(answer: http.client.HTTPResponse, size: int, where: str) -> None:
    """Refuse an answer that is not the file, by its head."""
    if answer.status != 200:
        raise DatasetError(f"{where}: expected the file, got status {answer.status}")
    coding = answer.headers.get("Content-Encoding", "identity")
    if coding.lower() != "identity":
        raise DatasetError(f"{where}: expected plain bytes, got {one_line(coding)[:40]}")
    length = answer.headers.get("Content-Length")
    if length is not None and length.strip() != str(size):
        raise DatasetError(f"{where}: expected {size} bytes, got {one_line(length)[:40]}")


def _copy(
    answer: http.client.HTTPResponse, file: IO[bytes], size: int, summed: Any, clock: _Clock
) -> int:
    """Write what comes, up to one byte beyond the size; its count."""
    count = 0
    while count <= size and (part := answer.read1(min(PART, size + 1 - count))):
        clock.left()
        count += len(part)
        summed.update(part)
        if count <= size:
            file.write(part)
    clock.left()
    return count
