"""One file, a folder, a pattern, a bucket: which files an address means, and how several make one table."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest

from config.errors import MissingSourceError, ServiceError
from tasks.raw import Raw
from tests.services import S3Server, closed_port
from tests.tasks.reading import HEADER, ROW, header_of, raw_of, refusal, rows, written

MANY = f"{HEADER}\n" + "\n".join(rows(3)) + "\n"
ONE = f"{HEADER}\n{ROW}\n"


def names(raw: Raw) -> list[str]:
    return [file.place.rpartition("/")[2] for file in raw.files]


def test_a_single_file_is_listed_with_its_hash_and_its_rows(tmp_path: Path) -> None:
    raw = raw_of("csv", "${DATA}/{cycle}.csv", {"DATA": str(written(tmp_path, MANY, "2026Q1.csv").parent)})
    assert [(file.place, file.sha256, file.rows) for file in raw.files] == [("${DATA}/2026Q1.csv", raw.sha256, 3)]


def test_a_folder_is_all_of_its_files_in_the_order_of_their_names_counted_as_one(tmp_path: Path) -> None:
    for name, content in {
        "b.csv": ONE,
        "a.csv": MANY,
        "sub/c.csv.gz": gzip.compress(ONE.encode()),
        ".hidden.csv": "x",
        ".cache/x.csv": "x",
    }.items():
        written(tmp_path, content, f"feed/{name}")
    (tmp_path / "feed" / "nothing").mkdir()
    raw = raw_of("csv", "${DATA}/feed/", {"DATA": str(tmp_path)})
    assert [(file.place, file.rows) for file in raw.files] == [
        ("${DATA}/feed/a.csv", 3),
        ("${DATA}/feed/b.csv", 1),
        ("${DATA}/feed/sub/c.csv.gz", 1),
    ]
    assert raw.table.index.tolist() == [2, 3, 4, 5, 6]
    assert raw.table["id"].tolist() == ["1001", "1002", "1003", "1", "1"]
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in (MANY, ONE, ONE)]
    listed = "".join(f"{digest}  {name}\n" for digest, name in zip(hashes, ("a.csv", "b.csv", "sub/c.csv.gz"), strict=True))
    assert raw.sha256 == hashlib.sha256(listed.encode()).hexdigest()


def test_misfits_of_several_files_are_numbered_in_the_same_count(tmp_path: Path) -> None:
    for name in ("a", "b"):
        written(tmp_path, f"{MANY}1,2\n", f"feed/{name}.csv")
    raw = raw_of("csv", f"{tmp_path}/feed/")
    assert raw.table.index.tolist() == [2, 3, 4, 6, 7, 8]
    assert [misfit.row for misfit in raw.misfits] == [5, 9]
    assert raw.row_count == 8


def test_a_pattern_is_the_files_that_it_fits_and_no_other_letter_has_a_meaning(tmp_path: Path) -> None:
    for name in ("case-1.csv", "case-22.csv", "other.csv", "case-.csv.old"):
        written(tmp_path, ONE, f"f[1]?/{name}")
    raw = raw_of("csv", "${DATA}/f[1]?/case-*.csv", {"DATA": str(tmp_path)})
    assert [file.place for file in raw.files] == ["${DATA}/f[1]?/case-1.csv", "${DATA}/f[1]?/case-22.csv"]
    assert names(raw_of("csv", f"{tmp_path}/*/case-1*.csv")) == ["case-1.csv"]


def test_a_star_in_a_value_of_the_environment_is_a_letter(tmp_path: Path) -> None:
    written(tmp_path, ONE, "a*/x.csv")
    written(tmp_path, ONE, "ab/y.csv")
    assert names(raw_of("csv", "${DATA}/*.csv", {"DATA": f"{tmp_path}/a*"})) == ["x.csv"]


def test_of_several_files_one_may_be_empty_but_not_all(tmp_path: Path) -> None:
    for name, content in (("a", ""), ("b", HEADER), ("c", ONE)):
        written(tmp_path, content, f"feed/{name}.csv")
    raw = raw_of("csv", f"{tmp_path}/feed/")
    assert [file.rows for file in raw.files] == [0, 0, 1]
    assert raw.table.index.tolist() == [2]
    assert header_of("csv", f"{tmp_path}/feed/") == tuple(HEADER.split(","))
    (tmp_path / "feed" / "c.csv").unlink()
    assert "no rows; was the export cut off, or made too early?" in refusal("csv", f"{tmp_path}/feed/")


def test_a_file_without_a_column_is_found_in_the_midst_of_others(tmp_path: Path) -> None:
    written(tmp_path, ONE, "feed/a.csv")
    written(tmp_path, ONE.replace("words", "wrods"), "feed/b.csv")
    assert "has no column 'words'; did you mean 'wrods'?" in refusal("csv", f"{tmp_path}/feed/")


@pytest.mark.parametrize("place", ["none.csv", "none/", "feed/", "*.csv", "none/*.csv", "a.txt/"])
def test_nothing_there_is_a_feed_that_is_missing(place: str, tmp_path: Path) -> None:
    (tmp_path / "feed").mkdir()
    written(tmp_path, "", "a.txt")
    for action in (raw_of, header_of):
        with pytest.raises(MissingSourceError, match=r"there is no file .*; put it there, name another cycle"):
            action("csv", f"{tmp_path}/{place}")


@pytest.mark.parametrize("place", ["feed/", "feed/*.csv"])
def test_a_link_out_of_the_folder_is_refused_and_one_inside_is_read(place: str, tmp_path: Path) -> None:
    inside = written(tmp_path, ONE, "feed/a.csv")
    (tmp_path / "feed" / "b.csv").symlink_to(inside)
    assert names(raw_of("csv", f"{tmp_path}/{place}")) == ["a.csv", "b.csv"]
    (tmp_path / "feed" / "c.csv").symlink_to(written(tmp_path, ONE, "secret.csv"))
    assert "/feed/c.csv is a link that leads out of its folder; put the file itself there." in refusal("csv", f"{tmp_path}/{place}")


def test_a_folder_that_leads_out_is_refused_and_never_passed_over(tmp_path: Path) -> None:
    written(tmp_path, ONE, "feed/a.csv")
    (tmp_path / "feed" / "sub").symlink_to(written(tmp_path, ONE, "elsewhere/b.csv").parent)
    assert "feed/sub is a link that leads out" in refusal("csv", f"{tmp_path}/feed/")
    assert "feed/sub" not in str(raw_of("csv", f"{tmp_path}/feed/*.csv").files)


def test_a_link_to_nothing_is_a_missing_feed(tmp_path: Path) -> None:
    written(tmp_path, ONE, "feed/a.csv")
    (tmp_path / "feed" / "b.csv").symlink_to(tmp_path / "feed" / "gone.csv")
    assert "there is no file" in refusal("csv", f"{tmp_path}/feed/")


# buckets


@pytest.fixture(scope="module")
def bucket(s3_server: S3Server) -> str:
    name = s3_server.make_bucket()
    for key, content in {"feed/2026Q1/b.csv": ONE, "feed/2026Q1/a.csv": MANY, "feed/2026Q1/.x.csv": "x", "feed/2026Q2/c.csv": ONE}.items():
        s3_server.client.put_object(Bucket=name, Key=key, Body=content.encode())
    return name


def settings(s3: S3Server, bucket: str) -> dict[str, str]:
    return {"TOUCHSTONE_S3_ENDPOINT": s3.endpoint, "BUCKET": bucket}


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("feed/{cycle}/a.csv", ["a.csv"]),
        ("feed/{cycle}/", ["a.csv", "b.csv"]),
        ("feed/{cycle}/*.csv", ["a.csv", "b.csv"]),
        ("feed/*/c.csv", ["c.csv"]),
        ("feed/", ["a.csv", "b.csv", "c.csv"]),
        ("", ["a.csv", "b.csv", "c.csv"]),
    ],
)
def test_a_bucket_gives_an_object_a_prefix_or_a_pattern(place: str, found: list[str], s3: S3Server, bucket: str) -> None:
    raw = raw_of("csv", f"s3://${{BUCKET}}/{place}", settings(s3, bucket))
    assert names(raw) == found
    assert raw.files[0].place.startswith("s3://${BUCKET}/feed/2026Q")
    assert len(raw.table) == sum(3 if name == "a.csv" else 1 for name in found)
    assert header_of("csv", f"s3://${{BUCKET}}/{place}", settings(s3, bucket))[0] == "id"


@pytest.mark.parametrize("place", ["feed/none.csv", "none/", "feed/*.txt"])
def test_nothing_in_a_bucket_is_a_feed_that_is_missing(place: str, s3: S3Server, bucket: str) -> None:
    with pytest.raises(MissingSourceError, match=r"there is no file .*s3://.*; put it there"):
        raw_of("csv", f"s3://{bucket}/{place}", settings(s3, bucket))


@pytest.mark.parametrize("place", ["feed/../../secret.csv", "../", "feed/../*.csv", "/etc/passwd"])
def test_a_key_that_leads_out_of_the_bucket_is_refused(place: str, s3: S3Server, bucket: str) -> None:
    assert "is not allowed in a store" in refusal("csv", f"s3://{bucket}/{place}", settings(s3, bucket))


def test_a_wrong_secret_and_a_bucket_that_is_not_there_are_told_with_the_source(
    s3: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "refuses the request (NoSuchBucket)" in refusal("csv", "s3://no-such-bucket/feed/", settings(s3, bucket))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-wrong-secret")
    said = refusal("csv", f"s3://{bucket}/feed/", settings(s3, bucket))
    assert "SignatureDoesNotMatch" in said
    assert "a-wrong-secret" not in said


def test_a_bucket_that_does_not_answer_is_a_service_that_fails(s3: S3Server) -> None:
    with pytest.raises(ServiceError, match=r"source 'cases': s3://bucket at .* does not answer"):
        raw_of("csv", "s3://bucket/feed/", {"TOUCHSTONE_S3_ENDPOINT": f"http://127.0.0.1:{closed_port()}"})
