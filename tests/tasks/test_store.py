"""The store keeps bytes whole over a folder and over S3, and says what is wrong in one sentence."""

from __future__ import annotations

import email
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from socket import socket

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import InputError, ServiceError
from tasks.store import MissingObjectError, Store, open_store
from tasks.store.folder import _sync
from tests.services import S3Server, closed_port, run_s3, run_scripted_server

CHECKOUT = Path(__file__).parents[2]
BAD_KEYS = ("", "/etc/passwd", "../secret", "a/../b", "a/./b", "a//b", "a/", "a\\b", "a\nb", "a\x00b", "a\u202eb", ".x.part", "a/.x.part/b")
METHODS: dict[str, Callable[[Store, str], object]] = {
    "put": lambda store, key: store.put(key, b"data"),
    "get": lambda store, key: store.get(key),
    "size": lambda store, key: store.size(key),
    "exists": lambda store, key: store.exists(key),
    "delete": lambda store, key: store.delete(key),
    "move from": lambda store, key: store.move(key, "target"),
    "move to": lambda store, key: store.move("source", key),
}


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Each kind of store, empty."""
    if request.param == "folder":
        return open_store(str(tmp_path / "store"))
    s3: S3Server = request.getfixturevalue("s3")
    return open_store(f"s3://{s3.make_bucket()}/some/prefix", s3_endpoint=s3.endpoint)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a folder store."""
    path = tmp_path / "store"
    path.mkdir()
    return path


@contextmanager
def without_rights_in(folder: Path) -> Iterator[None]:
    """Take away the right to write in `folder`, which root would have in any case, by becoming nobody meanwhile."""
    folder.chmod(0o555)
    is_root = os.geteuid() == 0
    if is_root:
        os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        if is_root:
            os.setresuid(0, 0, 0)
        folder.chmod(0o755)


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


# both kinds


def test_what_was_put_is_what_is_got(store: Store) -> None:
    for data in (b"", b"text\r\n", bytes(range(256)) * 500):
        store.put("2026Q3/index.html", data)
        assert store.get("2026Q3/index.html") == data
        assert store.size("2026Q3/index.html") == len(data)


def test_a_second_put_replaces_the_first(store: Store) -> None:
    store.put("a", b"a longer text")
    store.put("a", b"short")
    assert store.get("a") == b"short"


def test_a_missing_object_is_named_and_is_permanent(store: Store) -> None:
    with pytest.raises(MissingObjectError, match=r"^2026Q3/none\.json is not in .+; .+\.$") as caught:
        store.get("2026Q3/none.json")
    assert isinstance(caught.value, InputError)


def test_size_and_existence_tell_an_object_from_a_folder_and_from_nothing(store: Store) -> None:
    store.put("a/b", b"123")
    assert [store.exists(key) for key in ("a/b", "a", "a/b/c", "x")] == [True, False, False, False]
    assert [store.size(key) for key in ("a/b", "a", "a/b/c", "x")] == [3, None, None, None]


def test_keys_are_listed_sorted_by_the_beginning_of_their_name(store: Store) -> None:
    for key in ("b/2", "b/10", "bc", "a", "b/ü & %41.csv"):
        store.put(key, b"")
    assert store.list() == ("a", "b/10", "b/2", "b/ü & %41.csv", "bc")
    assert store.list("b") == ("b/10", "b/2", "b/ü & %41.csv", "bc")
    assert store.list("b/") == ("b/10", "b/2", "b/ü & %41.csv")
    assert store.list("b/1") == ("b/10",)
    assert store.list("c/") == ()


def test_deleting_twice_is_as_good_as_once(store: Store) -> None:
    store.put("a/b", b"")
    store.delete("a/b")
    store.delete("a/b")
    assert store.list() == ()


def test_move_takes_the_object_along_and_replaces_its_target(store: Store) -> None:
    store.put("staging/x.json", b"new")
    store.put("live/x.json", b"old")
    store.move("staging/x.json", "live/x.json")
    assert store.list() == ("live/x.json",)
    assert store.get("live/x.json") == b"new"


def test_move_onto_itself_keeps_the_object(store: Store) -> None:
    store.put("a", b"kept")
    store.move("a", "a")
    assert store.get("a") == b"kept"


def test_move_of_a_missing_object_says_which(store: Store) -> None:
    with pytest.raises(MissingObjectError, match=r"^nothing is not in"):
        store.move("nothing", "target")
    assert store.list() == ()


def test_a_usable_place_passes_the_check(store: Store) -> None:
    store.check()


def test_a_key_that_could_lead_elsewhere_is_refused_by_every_method(store: Store) -> None:
    store.put("source", b"")
    for key in BAD_KEYS:
        for call in METHODS.values():
            with pytest.raises(InputError, match=r"^The key .+ is not allowed"):
                call(store, key)
        with pytest.raises(InputError, match="is not allowed"):
            store.list(f"{key or '/'}/x")
    assert store.list() == ("source",)


# opening


@pytest.mark.parametrize(
    ("uri", "said"),
    [("", "such a path"), ("a\nb", "such a path"), ("gs://bucket", "gs://"), ("postgresql://me:secret@host/db", "postgresql://")],
)
def test_a_place_of_another_kind_is_refused_without_repeating_it(uri: str, said: str) -> None:
    with pytest.raises(InputError, match=rf"^A store cannot lie at {said};") as caught:
        open_store(uri)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("uri", ["s3://", "s3:///prefix", "s3://key:secret@bucket/x", "s3://bucket/../x"])
def test_an_s3_address_without_a_valid_bucket_or_prefix_is_refused(uri: str) -> None:
    with pytest.raises(InputError) as caught:
        open_store(uri)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("endpoint", ["127.0.0.1:9000", "ftp://host", "https://me:secret@host", "http://"])
def test_an_endpoint_that_is_no_plain_url_is_refused(endpoint: str) -> None:
    with pytest.raises(InputError, match=r"^TOUCHSTONE_S3_ENDPOINT ") as caught:
        open_store("s3://bucket", s3_endpoint=endpoint)
    assert "secret" not in str(caught.value)


def test_opening_creates_nothing(tmp_path: Path) -> None:
    open_store(str(tmp_path / "store"))
    assert files_in(tmp_path) == []


def test_importing_the_store_does_not_import_boto3() -> None:
    program = "import sys, tasks.store; sys.exit('boto3' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=CHECKOUT)


# a folder


KEYS = st.sampled_from(["a", "b/c", "b/d", "e/f/g"])
STEPS = st.one_of(
    st.tuples(st.just("put"), KEYS, st.binary(max_size=20)),
    st.tuples(st.just("delete"), KEYS, st.none()),
    st.tuples(st.just("move"), KEYS, KEYS),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(STEPS, max_size=12))
def test_a_folder_behaves_as_a_mapping_and_leaves_no_empty_folder(steps: list[tuple[str, str, bytes | str | None]]) -> None:
    model: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as root:
        store = open_store(root)
        for step, key, value in steps:
            if isinstance(value, bytes):
                store.put(key, value)
                model[key] = value
            elif value is None:
                store.delete(key)
                model.pop(key, None)
            elif key in model:
                store.move(key, value)
                model[value] = model.pop(key)
            assert {key: store.get(key) for key in store.list()} == model, step
        found = {path for path in Path(root).rglob("*") if path.is_dir()}
        assert all(any(folder.rglob("*")) for folder in found)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab./\\ é\n\x00\u202e~-"), max_size=12))
def test_any_key_either_is_refused_or_lies_inside_the_folder(key: str) -> None:
    with tempfile.TemporaryDirectory() as outer:
        root = Path(outer, "root")
        try:
            open_store(str(root)).put(key, b"x")
        except InputError:
            assert files_in(Path(outer)) == []
        else:
            assert (root / key).read_bytes() == b"x"
            assert open_store(str(root)).list() == (key,)
            assert list(Path(outer).iterdir()) == [root]


def test_what_a_killed_run_left_unfinished_is_not_listed_and_is_reused(folder: Path) -> None:
    (folder / ".index.html.part").write_bytes(b"half of a much longer page")
    store = open_store(str(folder))
    assert store.list() == ()
    store.put("index.html", b"whole")
    assert files_in(folder) == ["index.html"]
    assert store.get("index.html") == b"whole"


def test_an_object_stays_whole_when_its_writer_is_killed(folder: Path) -> None:
    store = open_store(str(folder))
    program = f"""
import itertools
from tasks.store import open_store
store = open_store({str(folder)!r})
for number in itertools.count():
    store.put("big", bytes([number % 256]) * 3_000_000)
"""
    for _ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", program], cwd=CHECKOUT)
        started = time.monotonic()
        while not store.exists("big") and time.monotonic() < started + 30:
            time.sleep(0.01)
        time.sleep(0.05)
        writer.send_signal(signal.SIGKILL)
        assert writer.wait() == -signal.SIGKILL
        data = store.get("big")
        assert data == data[:1] * 3_000_000
        assert store.list() == ("big",)
        store.delete("big")


def test_many_writers_of_one_key_neither_fail_nor_mix(folder: Path) -> None:
    store = open_store(str(folder))

    def write(number: int) -> None:
        for _ in range(20):
            store.put("same", bytes([number]) * 50_000)
            data = store.get("same")
            assert data == data[:1] * 50_000

    with ThreadPoolExecutor(6) as writers:
        list(writers.map(write, range(6)))  # raises what a writer raised
    assert files_in(folder) == ["same"]


def test_a_folder_that_its_file_system_cannot_sync_is_no_error() -> None:
    proc = os.open("/proc", os.O_RDONLY)
    with pytest.raises(OSError, match="Invalid argument"):
        os.fsync(proc)
    os.close(proc)
    _sync(Path("/proc"))


def test_a_symbolic_link_does_not_lead_out_of_the_folder(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    (folder / "link").symlink_to(outside)
    (folder / "file").symlink_to(outside / "secret")
    (folder / "loop").symlink_to(folder / "loop")
    store = open_store(str(folder))
    store.put("source", b"")
    for key in ("link/secret", "link/new", "file"):
        for call in METHODS.values():
            with pytest.raises(InputError, match="by a symbolic link"):
                call(store, key)
    with pytest.raises(InputError, match="by a symbolic link"):
        store.list("link/")
    with pytest.raises(InputError, match="move away what stands there"):
        store.get("loop")
    assert (outside / "secret").read_bytes() == b"secret"
    assert files_in(outside) == ["secret"]


def test_a_link_planted_where_the_unfinished_file_goes_is_not_followed(folder: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (folder / ".a.part").symlink_to(victim)
    with pytest.raises(InputError, match="cannot be used"):
        open_store(str(folder)).put("a", b"evil")
    assert victim.read_bytes() == b"precious"


def test_a_full_disk_is_transient_and_leaves_the_old_object_and_its_space(small_disk: Path) -> None:
    store = open_store(str(small_disk))
    store.put("report", b"old")
    with pytest.raises(ServiceError, match=r"^The disk that holds .+report is full; free space and run again\.$"):
        store.put("report", b"x" * 200_000)
    assert files_in(small_disk) == ["report"]
    assert store.get("report") == b"old"


def test_a_folder_without_the_right_to_write_is_permanent(folder: Path) -> None:
    store = open_store(str(folder))
    with without_rights_in(folder):
        with pytest.raises(InputError, match=r"cannot be used: permission denied; let this user read and write there"):
            store.put("a", b"")
        with pytest.raises(InputError, match=r"cannot be used: permission denied"):
            store.check()


def test_something_that_stands_in_the_way_is_named(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store"))
    store.put("a", b"")
    with pytest.raises(InputError, match="move away what stands there"):
        store.put("a/b", b"")
    with pytest.raises(InputError, match="move away what stands there"):
        open_store(str(tmp_path / "store" / "a")).check()
    with pytest.raises(InputError, match="move away what stands there"):
        store.put("b" * 300, b"")


# S3


def test_a_wrong_secret_is_permanent_and_never_shown(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = s3.make_bucket()
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another-secret")
    store = open_store(f"s3://{bucket}", s3_endpoint=s3.endpoint)
    for call in (store.check, store.list, lambda: store.put("a", b""), lambda: store.get("a"), lambda: store.exists("a")):
        with pytest.raises(InputError, match=r"refuses the request .+ AWS_SECRET_ACCESS_KEY") as caught:
            call()
        assert "another-secret" not in str(caught.value)
        assert s3.key_id not in str(caught.value)


def test_an_unknown_key_id_is_permanent(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = s3.make_bucket()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody-else")
    with pytest.raises(InputError, match="AWS_ACCESS_KEY_ID"):
        open_store(f"s3://{bucket}", s3_endpoint=s3.endpoint).check()


def test_missing_credentials_are_permanent(s3_server: S3Server) -> None:
    bucket = s3_server.make_bucket()
    with pytest.raises(InputError, match="needs credentials and finds none"):
        open_store(f"s3://{bucket}", s3_endpoint=s3_server.endpoint).check()


def test_a_missing_bucket_is_named_by_every_method(s3: S3Server) -> None:
    store = open_store("s3://not-there/prefix", s3_endpoint=s3.endpoint)
    calls: list[Callable[[Store, str], object]] = [*METHODS.values(), lambda store, _: store.list(), lambda store, _: store.check()]
    for call in calls:
        with pytest.raises(InputError, match=r"^s3://not-there/prefix at 127\.0\.0\.1:\d+ refuses .+NoSuchBucket.+; create the bucket"):
            call(store, "a")


def test_a_refused_connection_is_transient(s3: S3Server) -> None:
    with pytest.raises(ServiceError, match=r"does not answer .+; check the address and the network, and run again"):
        open_store("s3://bucket", s3_endpoint=f"http://127.0.0.1:{closed_port()}").check()


def test_more_keys_than_fit_one_answer_are_all_listed(s3: S3Server) -> None:
    bucket = s3.make_bucket()
    folder = s3.folder / bucket / "many"
    folder.mkdir()
    for number in range(1003):
        (folder / f"{number:04}").touch()
    listed = open_store(f"s3://{bucket}/many", s3_endpoint=s3.endpoint).list()
    assert listed == tuple(f"{number:04}" for number in range(1003))


def test_stores_under_prefixes_of_one_bucket_do_not_see_each_other(s3: S3Server) -> None:
    bucket = s3.make_bucket()
    first, second = (open_store(f"s3://{bucket}/{prefix}", s3_endpoint=s3.endpoint) for prefix in ("report", "reports"))
    first.put("a", b"1")
    second.put("b", b"2")
    assert (first.list(), second.list()) == (("a",), ("b",))


def test_a_browser_is_told_what_each_file_is(s3: S3Server) -> None:
    expected = {
        "index.html": "text/html; charset=utf-8",
        "summary.json": "application/json",
        "causes.csv": "text/csv; charset=utf-8",
        "counts.parquet": "application/vnd.apache.parquet",
        "other": "application/octet-stream",
    }
    requests: list[bytes] = []
    with run_scripted_server(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", requests)) as port:
        store = open_store("s3://bucket", s3_endpoint=f"http://127.0.0.1:{port}")
        for key in expected:
            store.put(key, b"{}")
    told = [email.message_from_bytes(request.partition(b"\r\n")[2])["Content-Type"] for request in requests]
    assert told == list(expected.values())


def test_a_busy_service_is_asked_again_and_then_is_transient(s3: S3Server) -> None:
    requests: list[bytes] = []
    with run_scripted_server(answering(s3_error("503 Slow Down", "SlowDown"), requests)) as port:
        store = open_store("s3://bucket", s3_endpoint=f"http://127.0.0.1:{port}")
        with pytest.raises(ServiceError, match=r"is out of order or busy \(SlowDown\); run again"):
            store.get("a")
    assert len(requests) == 3


def test_a_full_disk_behind_the_service_is_transient(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = small_disk / "data"
    folder.mkdir()
    with run_s3(folder) as s3:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3.key_id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3.secret)
        store = open_store(f"s3://{s3.make_bucket()}", s3_endpoint=s3.endpoint)
        with pytest.raises(ServiceError, match="out of order or busy"):
            store.put("report", b"x" * 200_000)
        assert not store.exists("report")


def test_denied_access_is_permanent(s3: S3Server) -> None:
    with run_scripted_server(answering(s3_error("403 Forbidden", "AccessDenied"), [])) as port:
        store = open_store("s3://bucket", s3_endpoint=f"http://127.0.0.1:{port}")
        with pytest.raises(InputError, match=r"\(AccessDenied\); allow these credentials"):
            store.put("a", b"")


def test_a_download_that_breaks_off_is_transient(s3: S3Server) -> None:
    with run_scripted_server(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", [])) as port:
        store = open_store("s3://bucket", s3_endpoint=f"http://127.0.0.1:{port}")
        with pytest.raises(ServiceError, match="does not answer"):
            store.get("a")


@pytest.mark.parametrize(
    ("status", "error_type", "said"),
    [
        ("200 OK", ServiceError, "is out of order or busy"),
        ("404 Not Found", InputError, "check the bucket's name"),
        ("301 Moved Permanently\r\nLocation: https://elsewhere", InputError, "redirects to another address"),
    ],
)
def test_a_web_site_in_place_of_s3_is_no_empty_bucket(s3: S3Server, status: str, error_type: type[Exception], said: str) -> None:
    page = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: 21\r\n\r\n<html><p>Hello</html>".encode()
    with run_scripted_server(answering(page, [])) as port:
        store = open_store("s3://bucket", s3_endpoint=f"http://127.0.0.1:{port}")
        with pytest.raises(error_type, match=said):
            store.list()


def test_an_untrusted_certificate_is_permanent_and_names_the_setting(s3: S3Server) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("localhost").configure_cert(context)

    def greet(connection: socket) -> None:
        with context.wrap_socket(connection, server_side=True):
            pass

    with run_scripted_server(greet) as port:
        store = open_store("s3://bucket", s3_endpoint=f"https://localhost:{port}")
        with pytest.raises(InputError, match="AWS_CA_BUNDLE"):
            store.check()


def answering(answer: bytes, requests: list[bytes]) -> Callable[[socket], None]:
    """Return a server's side of a talk: keep the head of the one request and give the answer."""

    def talk(connection: socket) -> None:
        with connection.makefile("rb") as stream:
            lines = list(iter(stream.readline, b"\r\n"))
            requests.append(b"".join(lines))
            if b"Expect: 100-continue\r\n" in lines:
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            length = next((int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:")), 0)
            stream.read(length)
        connection.sendall(answer)

    return talk


def s3_error(status: str, code: str) -> bytes:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()
    return f"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
