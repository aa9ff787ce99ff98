"""A store in a bucket of Amazon S3 or of a service compatible with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from config.errors import InputError, ServiceError, TouchstoneError
from tasks.store.keys import MissingObjectError, checked, checked_prefix, missing

# own table: the mimetypes module reads the machine's files
_CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pdf": "application/pdf",
    ".parquet": "application/vnd.apache.parquet",
}
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
_CREDENTIALS = "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, where one is used, AWS_SESSION_TOKEN"
_REGION = "set AWS_DEFAULT_REGION to the bucket's region"
_S3_REMEDIES = {
    "NoSuchBucket": "create the bucket or name another one",
    "InvalidAccessKeyId": _CREDENTIALS,
    "SignatureDoesNotMatch": _CREDENTIALS,
    "InvalidToken": _CREDENTIALS,
    "ExpiredToken": _CREDENTIALS,
    "AccessDenied": "allow these credentials to list, read, write and delete there",
    "403": f"{_CREDENTIALS}, and that they may list, read, write and delete there",
    "PermanentRedirect": _REGION,
    "AuthorizationHeaderMalformed": _REGION,
    "RequestTimeTooSkewed": "set this machine's clock",
}
_S3_TRANSIENT = {"SlowDown", "RequestTimeout", "Throttling", "ThrottlingException", "RequestLimitExceeded", "OperationAborted"}


def open_s3(address: str, endpoint: str | None) -> S3Store:
    """Return the store at `address` (bucket/prefix) of the service at `endpoint`, or of Amazon; nothing is contacted yet."""
    bucket, _, prefix = address.partition("/")
    prefix = checked_prefix(prefix).rstrip("/")
    if not _BUCKET.fullmatch(bucket):
        raise InputError("The s3:// address of a store names no valid bucket; write s3://bucket/prefix, without credentials.")
    url = urlsplit(endpoint or "https://s3.amazonaws.com")
    if url.scheme not in {"http", "https"} or not url.hostname or "@" in url.netloc:
        raise InputError("TOUCHSTONE_S3_ENDPOINT is no address of an S3 service; write https://host:port, without credentials.")
    place = f"s3://{bucket}/{prefix}".rstrip("/") + (f" at {url.netloc}" if endpoint else "")
    with _explaining_s3(place):
        return S3Store(_s3_client(endpoint), bucket, f"{prefix}/" if prefix else "", place)


def _s3_client(endpoint: str | None) -> Any:
    import boto3
    from botocore.config import Config

    # many S3-compatible services refuse the checksums that boto3 adds of its own accord
    checksums = "when_required" if endpoint else "when_supported"
    options = Config(
        connect_timeout=10,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": 3},
        request_checksum_calculation=checksums,
        response_checksum_validation=checksums,
    )
    return boto3.session.Session().client("s3", endpoint_url=endpoint, config=options)


@dataclass(frozen=True)
class S3Store:
    """A store in a bucket of Amazon S3 or of a service compatible with it."""

    client: Any
    bucket: str
    prefix: str  # of every key: empty, or ending in a slash
    place: str  # as messages name it

    def put(self, key: str, data: bytes) -> None:
        """Upload the object, with the content type that its name calls for."""
        content_type = _CONTENT_TYPES.get(PurePosixPath(key).suffix, "application/octet-stream")
        with _explaining_s3(self.place, key):
            self.client.put_object(**self._object(key), Body=data, ContentType=content_type)

    def get(self, key: str) -> bytes:
        """Download the object."""
        with _explaining_s3(self.place, key):
            data: bytes = self.client.get_object(**self._object(key))["Body"].read()
            return data

    def size(self, key: str) -> int | None:
        """Return the object's length in bytes; None where there is no such object in a bucket that is there."""
        try:
            with _explaining_s3(self.place, key):
                return int(self.client.head_object(**self._object(key))["ContentLength"])
        except MissingObjectError:
            self.check()  # the answer is the same for a missing bucket
            return None

    def exists(self, key: str) -> bool:
        """Return whether there is an object of that key."""
        return self.size(key) is not None

    def list(self, prefix: str = "") -> tuple[str, ...]:
        """Return the keys that begin with `prefix`, sorted; the markers that consoles write for folders are left out."""
        start = self.prefix + checked_prefix(prefix)
        with _explaining_s3(self.place):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=start)
            keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
        return tuple(sorted(key.removeprefix(self.prefix) for key in keys if not key.endswith("/")))

    def delete(self, key: str) -> None:
        """Remove the object, if it is there."""
        with _explaining_s3(self.place, key):
            self.client.delete_object(**self._object(key))

    def move(self, source_key: str, target_key: str) -> None:
        """Copy the object inside the service, then remove the original."""
        if source_key == target_key:
            return  # S3 copies nothing onto itself, and the object must not be removed
        with _explaining_s3(self.place, source_key):
            self.client.copy_object(**self._object(target_key), CopySource=self._object(source_key))
        self.delete(source_key)

    def check(self) -> None:
        """See that the bucket is there and lists its keys to us."""
        with _explaining_s3(self.place):
            self.client.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix, MaxKeys=1)

    def _object(self, key: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self.prefix + checked(key)}


@contextmanager
def _explaining_s3(place: str, key: str = "") -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise _s3_refusal(place, key, error.response) from error
    except BotoCoreError as error:
        raise _s3_failure(place, error) from error
    except RecursionError:  # botocore meets a redirection by asking for the bucket's region, and that redirection likewise
        raise _redirected(place) from None


def _redirected(place: str) -> InputError:
    return InputError(f"{place} redirects to another address; write that one, perhaps https in place of http.")


def _s3_refusal(place: str, key: str, response: dict[str, Any]) -> TouchstoneError:
    """Return the error for an answer of the service; of its text only the code is used, since the rest may hold key ids."""
    code = str(response.get("Error", {}).get("Code", "no code"))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code == "NoSuchKey" or (code == "404" and key):  # a HEAD request gets no better code
        return missing(key, place)
    if status >= 500 or status == 429 or code in _S3_TRANSIENT:
        return ServiceError(f"{place} is out of order or busy ({code}); run again.")
    remedy = _S3_REMEDIES.get(code, "check the bucket's name, its region and the credentials")
    return InputError(f"{place} refuses the request ({code}); {remedy}.")


def _s3_failure(place: str, error: Exception) -> TouchstoneError:
    """Return the error for a request that got no answer."""
    from botocore import exceptions

    credentials = (exceptions.NoCredentialsError, exceptions.PartialCredentialsError, exceptions.CredentialRetrievalError)
    unanswered = (exceptions.ConnectionError, exceptions.HTTPClientError, exceptions.IncompleteReadError)
    kind = type(error).__name__
    if isinstance(error, credentials):
        return InputError(f"{place} needs credentials and finds none that are complete ({kind}); {_CREDENTIALS}, or AWS_PROFILE.")
    if isinstance(error, exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return InputError(f"{place} shows a certificate that is not trusted; name its authority's file in AWS_CA_BUNDLE.")
    if "maximum recursion depth" in str(error):  # the same, where the depth was reached inside botocore's own client
        return _redirected(place)
    if isinstance(error, unanswered):
        return ServiceError(f"{place} does not answer ({kind}); check the address and the network, and run again.")
    reason = str(error).partition("\n")[0]
    return InputError(f"{place} cannot be used ({reason}); correct the address or the AWS settings.")
