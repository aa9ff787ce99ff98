"""Fixtures for all tests: nothing of the developer's own set-up leaks in, and the services are real."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import MailServer, S3Server, fresh_database, mount_small_disk, run_mail_server, run_postgres, run_s3

# before anything imports them
os.environ.update(DO_NOT_TRACK="1", PREFECT_SERVER_ANALYTICS_ENABLED="false", GX_ANALYTICS_ENABLED="false")

DATA_VARIABLE = "TOUCHSTONE_TEST_DATA"
CHECKER_VARIABLE = "TOUCHSTONE_VNU_JAR"
CHECKER = Path("node_modules", "vnu-jar", "build", "dist", "vnu.jar")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(autouse=True)
def isolation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the developer's settings and credentials; let all that has no place of its own go to `tmp_path`/home."""
    for name in os.environ:
        if name.startswith(("TOUCHSTONE_", "AWS_")) and name not in (DATA_VARIABLE, CHECKER_VARIABLE):
            monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "no-aws-file"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")
    monkeypatch.setenv("TOUCHSTONE_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """An S3 service for all tests; `s3` also gives a test its credentials."""
    with run_s3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def s3(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """The S3 service, its credentials in the environment, where boto3 looks for them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3_server.key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3_server.secret)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return s3_server


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The SQLAlchemy URL of a PostgreSQL server's first database."""
    with run_postgres() as url:
        yield url


@pytest.fixture
def fresh_postgres_url(postgres_url: str) -> Iterator[str]:
    """The SQLAlchemy URL of an empty PostgreSQL database for this test alone."""
    with fresh_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def smtp_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    """A mail server with STARTTLS and login for all tests; `smtp` gives it to a test empty and well-behaved."""
    with run_mail_server(tmp_path_factory.mktemp("smtp")) as server:
        yield server


@pytest.fixture
def smtp(smtp_server: MailServer) -> MailServer:
    """The mail server with STARTTLS and login, empty and well-behaved."""
    smtp_server.reset()
    return smtp_server


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with a file system of its own, full after 64 KiB."""
    folder = tmp_path / "small-disk"
    folder.mkdir()
    try:
        with mount_small_disk(folder):
            yield folder
    except OSError as error:
        pytest.skip(f"this user may not mount a small file system: {error}")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data: TOUCHSTONE_TEST_DATA, or shared/data beside the checkout."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get(DATA_VARIABLE) or beside)
    if not folder.is_dir():
        pytest.skip(f"the real data are not there: set {DATA_VARIABLE} to their folder")
    return folder


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The path of a Chromium."""
    found = next((path for path in map(shutil.which, CHROMIUM_NAMES) if path), None)
    if found is None:
        pytest.skip(f"no browser on the PATH: none of {', '.join(CHROMIUM_NAMES)}")
    return found


@pytest.fixture(scope="session")
def html_checker() -> tuple[str, ...]:
    """The command of the HTML standard's checker (https://validator.github.io): Java, and the jar that TOUCHSTONE_VNU_JAR names or npm brought."""
    java = shutil.which("java")
    jar = Path(os.environ.get(CHECKER_VARIABLE) or Path(__file__).parents[1] / CHECKER)
    if java is None:
        pytest.skip("no Java on the PATH: the HTML standard's checker cannot run")
    if not jar.is_file():
        pytest.skip(f"the HTML standard's checker is not there: set {CHECKER_VARIABLE} to vnu.jar, or run npm install vnu-jar")
    return (java, "-jar", str(jar))
