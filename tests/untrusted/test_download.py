"""Downloads from strangers' addresses: what is fetched, and what hostile servers get."""

import hashlib
import http.server
import shutil
import socket
import ssl
import subprocess
import threading
import time

import pytest

from automix_bench.errors import DatasetError
from automix_bench.untrusted import download as module
from automix_bench.untrusted.download import PUBLIC, Reach, download, is_public

LENGTH = 220_000
CONTENT = b"an archive\n" * 20_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Hostile(http.server.BaseHTTPRequestHandler):
    """Serves `CONTENT`, well or badly, by the path."""

    def do_GET(self):
        getattr(self, self.path.strip("/").partition("?")[0].replace("-", "_"))()

    def log_message(self, *_):
        pass

    def head(self, length=LENGTH, status=200, **headers):
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def whole(self):
        self.server.asked.append(dict(self.headers))
        self.head()
        self.wfile.write(CONTENT)

    def no_length(self):
        self.head(None)
        self.wfile.write(CONTENT)

    def longer(self):
        self.head(None)
        self.wfile.write(CONTENT + b"!")

    def endless(self):
        self.head(None)
        while self.server.running:
            self.wfile.write(bytes(1 << 16))

    def shorter(self):
        self.head()
        self.wfile.write(CONTENT[:-1])

    def states_more(self):
        self.head(10**12)

    def other(self):
        self.head()
        self.wfile.write(CONTENT[::-1])

    def drip(self):
        self.head()
        while self.server.running:
            self.wfile.write(b".")
            time.sleep(0.05)

    def drip_head(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while self.server.running:
            self.wfile.write(b"X: y\r\n"[:1])
            time.sleep(0.05)

    def silent(self):
        while self.server.running:
            time.sleep(0.05)

    def packed(self):
        self.head(Content_Encoding="gzip")

    def missing(self):
        self.head(0, 404)

    def to_file(self):
        self.head(0, 302, Location="file:///etc/passwd")

    def to_itself(self):
        self.head(0, 302, Location=self.path)

    def to_whole(self):
        self.head(0, 302, Location="/whole")

    def to_no_address(self):
        self.head(0, 302, Location="http://[::1/whole")

    def to_other_letters(self):
        self.head(0, 302, Location="/whol\u00e9")

    def to_nothing(self):
        self.head(0, 302)

    def chunk_of_no_size(self):
        self.head(None, Transfer_Encoding="chunked")
        self.wfile.write(b"zzz\r\n")

    def no_status(self):
        self.wfile.write(b"HTTP/1.1 9" + b"9" * 5_000 + b" x\r\n\r\n")

    def many_heads(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n")

    def to_ftp(self):
        self.head(0, 307, Location="ftp://127.0.0.1/whole")

    def to_other_port(self):
        self.head(0, 301, Location="http://127.0.0.1:1/whole")

    def nonsense(self):
        self.wfile.write(b"\x00\x01\x02 nonsense\r\n\r\n")


@pytest.fixture
def server():
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    made.running, made.asked, made.daemon_threads = True, [], True
    made.handle_error = lambda *_: None  # the client hangs up
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.running = False
    made.shutdown()
    made.server_close()


@pytest.fixture
def fetch(server, tmp_path):
    port = server.server_address[1]
    here = Reach(schemes=("http",), ports=(port,), private=True)

    def fetched(path, sha256=SHA256, size=LENGTH, seconds=20.0, reach=here):
        address = f"http://127.0.0.1:{port}/{path}"
        download(address, tmp_path / "got", sha256=sha256, size=size, seconds=seconds, reach=reach)
        return (tmp_path / "got").read_bytes()

    fetched.folder = tmp_path
    return fetched


@pytest.mark.parametrize("path", ["whole", "no-length", "to-whole", "whole?a=b"])
def test_a_file_is_fetched(fetch, path):
    assert fetch(path) == CONTENT


def test_nothing_is_told_of_who_asks(fetch, server, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    fetch("whole")
    (headers,) = server.asked
    assert {name.lower() for name in headers} == {"host", "accept-encoding", "user-agent", "accept"}


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("longer", f"expected {LENGTH} bytes, got {LENGTH + 1}"),
        ("endless", f"expected {LENGTH} bytes, got {LENGTH + 1}"),
        ("shorter", f"expected {LENGTH} bytes, got"),
        ("states-more", f"expected {LENGTH} bytes, got 1000000000000"),
        ("other", f"expected the sha256 {SHA256[:12]}…, got "),
        ("packed", "expected plain bytes, got gzip"),
        ("missing", "expected the file, got status 404"),
        ("to-file", "expected http:// and a host, got file:///etc/passwd"),
        ("to-no-address", "expected an address, got http://[::1/whole"),
        ("to-other-letters", "expected an address of at most 2000 visible ASCII signs"),
        ("to-nothing", "expected at most 5 redirects, got more"),
        ("chunk-of-no-size", "cannot be fetched"),
        ("no-status", "cannot be fetched"),
        ("many-heads", "cannot be fetched"),
        ("to-ftp", "expected http:// and a host, got ftp://127.0.0.1/whole"),
        ("to-other-port", "expected the usual port, got 1"),
        ("to-itself", "expected at most 5 redirects, got more"),
        ("nonsense", "cannot be fetched"),
    ],
)
def test_what_is_not_the_file_is_refused_and_leaves_nothing(fetch, path, message):
    with pytest.raises(DatasetError, match=r"http://127.0.0.1:") as error:
        fetch(path)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert list(fetch.folder.iterdir()) == []


@pytest.mark.parametrize("path", ["drip", "drip-head", "silent"])
def test_a_server_that_takes_its_time_is_cut_off(fetch, path):
    begun = time.monotonic()
    with pytest.raises(DatasetError, match=r"expected the file within 0.6 s"):
        fetch(path, seconds=0.6)
    assert time.monotonic() - begun < 15.0  # on a busy machine too
    assert list(fetch.folder.iterdir()) == []


def test_a_connection_that_times_out_is_late_and_not_broken(tmp_path, monkeypatch):
    def create_connection(*_, **__):
        raise TimeoutError("timed out")

    told = [(0, 0, 0, "", ("9.9.9.9", 443))]
    monkeypatch.setattr(module.socket, "getaddrinfo", lambda *_, **__: told)
    monkeypatch.setattr(module.socket, "create_connection", create_connection)
    with pytest.raises(DatasetError, match=r"expected the file within 5 s, got no end of it"):
        download("https://example.org/a", tmp_path / "x", sha256=SHA256, size=1, seconds=5.0)


def test_a_whole_file_of_another_sum_or_size_is_refused(fetch):
    with pytest.raises(DatasetError, match="expected the sha256 000000000000…"):
        fetch("whole", sha256="0" * 64)
    with pytest.raises(DatasetError, match="expected 10 bytes, got 220000"):
        fetch("whole", size=10)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://example.org/a", "expected https:// and a host"),
        ("file:///etc/passwd", "expected https:// and a host"),
        ("ftp://example.org/a", "expected https:// and a host"),
        ("https:///a", "expected https:// and a host"),
        ("https://ann:secret@example.org/a", "expected no name or password"),
        ("https://example.org:22/a", "expected the usual port, got 22"),
        ("https://example.org:99999/a", "expected an address"),
        ("https://example.org/a b", "expected https:// and a host"),
        ("https://exa\u0131mple.org/", "visible ASCII"),
        ("https://example.org/\r\nHost: other", "visible ASCII"),
        ("https://example.org/" + "a" * 2_000, "at most 2000"),
    ],
)
def test_an_address_that_may_not_be_followed_is_refused_before_anything_is_asked(
    tmp_path, monkeypatch, address, message
):
    monkeypatch.setattr(module.socket, "getaddrinfo", lambda *_, **__: pytest.fail("looked up"))
    with pytest.raises(DatasetError) as error:
        download(address, tmp_path / "got", sha256=SHA256, size=1, seconds=5.0)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value).partition(":")[2].partition(": ")[2]


PRIVATE = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
    *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1"),
    *("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::1", "ff02::1", "nonsense"),
]


@pytest.mark.parametrize("place", PRIVATE)
def test_a_name_of_a_private_address_is_refused(tmp_path, monkeypatch, place):
    """Also where only one of several addresses is private."""
    told = [(0, 0, 0, "", ("9.9.9.9", 443)), (0, 0, 0, "", (place, 443))]
    monkeypatch.setattr(module.socket, "getaddrinfo", lambda *_, **__: told)
    monkeypatch.setattr(module.socket, "create_connection", lambda *_, **__: pytest.fail("asked"))
    with pytest.raises(DatasetError, match="expected a public address, got"):
        download("https://example.org/a", tmp_path / "got", sha256=SHA256, size=1, seconds=5.0)
    assert not is_public(place)


@pytest.mark.parametrize("place", ["9.9.9.9", "2620:fe::fe", "::ffff:9.9.9.9"[7:]])
def test_public_addresses_are_public(place):
    assert is_public(place)


def test_the_connection_goes_to_the_address_that_was_checked(tmp_path, monkeypatch):
    """A second look-up, which could tell another address, is never made."""
    lookups, asked = [], []

    def getaddrinfo(host, *_, **__):
        lookups.append(host)
        return [(0, 0, 0, "", ("9.9.9.9", 443))]

    def create_connection(place, **_):
        asked.append(place)
        raise OSError("not from a test")

    monkeypatch.setattr(module.socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(module.socket, "create_connection", create_connection)
    with pytest.raises(DatasetError, match="cannot be fetched: not from a test"):
        download("https://example.org/a", tmp_path / "got", sha256=SHA256, size=1, seconds=5.0)
    assert (lookups, asked) == (["example.org"], [("9.9.9.9", 443)])


def test_the_default_reach_is_the_public_internet():
    assert Reach(("https",), None, False, None) == PUBLIC


@pytest.fixture
def certificate(tmp_path_factory):
    if not shutil.which("openssl"):
        pytest.skip("openssl, which makes the certificate, is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    key, cert = folder / "key.pem", folder / "cert.pem"
    request = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(["openssl", *request.split(), *names], check=True, capture_output=True)
    return cert, key


def test_https_is_fetched_from_a_server_of_the_right_name_alone(server, certificate, tmp_path):
    cert, key = certificate
    of_server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    of_server.load_cert_chain(cert, key)
    server.socket = of_server.wrap_socket(server.socket, server_side=True)
    port = server.server_address[1]
    trusting = ssl.create_default_context(cafile=str(cert))
    facts = {"sha256": SHA256, "size": LENGTH, "seconds": 20.0}
    reach = Reach(ports=(port,), private=True, context=trusting)
    download(f"https://localhost:{port}/whole", tmp_path / "got", **facts, reach=reach)
    assert (tmp_path / "got").read_bytes() == CONTENT
    with pytest.raises(DatasetError, match="certificate verify failed"):
        download(f"https://127.0.0.1:{port}/whole", tmp_path / "x", **facts, reach=reach)
    stranger = Reach(ports=(port,), private=True)
    with pytest.raises(DatasetError, match="certificate verify failed"):
        download(f"https://localhost:{port}/whole", tmp_path / "x", **facts, reach=stranger)


def test_a_redirect_from_https_to_http_is_refused(server, certificate, tmp_path):
    cert, key = certificate
    of_server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    of_server.load_cert_chain(cert, key)
    server.socket = of_server.wrap_socket(server.socket, server_side=True)
    port = server.server_address[1]
    reach = Reach(
        ports=(port, 1), private=True, context=ssl.create_default_context(cafile=str(cert))
    )
    with pytest.raises(DatasetError, match=r"expected https:// and a host, got http://127.0.0.1:1"):
        download(
            f"https://localhost:{port}/to-other-port",
            tmp_path / "got",
            sha256=SHA256,
            size=1,
            seconds=5.0,
            reach=reach,
        )


def test_a_server_that_is_not_there_is_named(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    reach = Reach(schemes=("http",), ports=(port,), private=True)
    with pytest.raises(DatasetError, match=r"cannot be fetched: .*refused"):
        download(
            f"http://127.0.0.1:{port}/",
            tmp_path / "x",
            sha256="0",
            size=1,
            seconds=5.0,
            reach=reach,
        )
