"""Reading an HTTP interface: every kind of paging, every way in which a service fails, and a secret that never leaves."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.errors import InputError, ServiceError
from config.periods import Quarter
from config.sources import Source
from tasks.raw import Raw, Window
from tasks.sources import http_api, http_client
from tasks.sources.http_api import http_header, read_http
from tests.http_host import TOKEN, HttpHost, Reply, as_salesforce, as_zendesk, by_link_header, by_offset, run_http_host
from tests.programmes import source

Q3 = Quarter(2026, 3)
NEW_YORK = ZoneInfo("America/New_York")
WINDOW = Window(datetime(2026, 7, 1, tzinfo=NEW_YORK), datetime(2026, 10, 1, tzinfo=NEW_YORK))
WORDS = "My daughter Ann was refused at gate 7"
RECORDS = [
    {"id": number, "opened": f"2026-07-{number:02}", "customer": {"name": "Ann", "id": number * 10}, "text": WORDS}
    for number in range(1, 8)
]
IDS = [str(number) for number in range(1, 8)]
COLUMNS = {"record_id": "id", "pipe": {"is": "complaint"}, "occurred_at": "opened", "customer_id": "customer.id", "text": "text"}
SECRETS = {"CRM_TOKEN": TOKEN, "CRM_KEY": "key-77aa"}


@pytest.fixture(scope="module")
def http_host() -> Iterator[HttpHost]:
    with run_http_host() as host:
        yield host


@pytest.fixture
def host(http_host: HttpHost) -> HttpHost:
    http_host.reset()
    return http_host


def cases(host: HttpHost, path: str = "/cases", **reads: Any) -> Source:
    return source(reads={"http": host.url + path, **reads}, columns=COLUMNS)


def zendesk(host: HttpHost, **reads: Any) -> Source:
    host.answer = as_zendesk(host, RECORDS, 3)
    paging = {"cursor": "meta.after_cursor", "parameter": "page[after]"}
    return cases(host, "/api/v2/tickets.json", **{"records": "tickets", "parameters": {"page[size]": 3}, "paging": paging} | reads)


def pulled(feed: Source, environment: Mapping[str, str] = SECRETS) -> tuple[Raw, list[float]]:
    """What was read, and the seconds that were waited."""
    waits: list[float] = []
    return read_http(feed, Q3, WINDOW, environment, waits.append), waits


def ids(feed: Source) -> list[str]:
    return pulled(feed)[0].table["id"].tolist()


def sentence(feed: Source, error: type[Exception] = InputError) -> str:
    """The one sentence with which reading fails, which holds neither a secret nor a customer's words."""
    with pytest.raises(error) as raised:
        pulled(feed)
    text = str(raised.value)
    assert text.count("\n") == 0
    assert text.endswith((".", "?"))
    for private in (*SECRETS.values(), WORDS, "Ann"):
        assert private not in text
    return text


@pytest.mark.parametrize("page_size", [1, 3, 7, 8])
def test_a_cursor_leads_through_all_pages_though_the_last_page_has_one_too(host: HttpHost, page_size: int) -> None:
    feed = zendesk(host)
    host.answer = as_zendesk(host, RECORDS, page_size)
    assert ids(feed) == IDS
    assert len(host.asked) == -(-len(RECORDS) // page_size)
    assert {asked.parameters["page[size]"] for asked in host.asked} == {"3"}


@pytest.mark.parametrize("page_size", [1, 3, 7, 8])
def test_a_next_link_in_the_page_leads_through_all_pages_though_the_last_page_has_one_too(host: HttpHost, page_size: int) -> None:
    feed = zendesk(host, paging={"next": "links.next"})
    host.answer = as_zendesk(host, RECORDS, page_size)
    assert ids(feed) == IDS
    assert len(host.asked) == -(-len(RECORDS) // page_size)


def test_a_next_link_that_is_a_mere_path_is_followed_until_it_is_done(host: HttpHost) -> None:
    host.answer = as_salesforce(RECORDS, 3)
    query = "SELECT Id FROM Case WHERE LastModifiedDate >= {since} AND LastModifiedDate < {until}"
    feed = cases(host, "/services/data/v60.0/query", records="records", parameters={"q": query}, paging={"next": "nextRecordsUrl"})
    assert ids(feed) == IDS
    asked = "SELECT Id FROM Case WHERE LastModifiedDate >= 2026-07-01T04:00:00Z AND LastModifiedDate < 2026-10-01T04:00:00Z"
    assert host.asked[0].parameters == {"q": asked}
    assert [request.path.rpartition("/")[2] for request in host.asked] == ["query", "01g-3", "01g-6"]


def test_the_link_header_leads_through_bare_lists(host: HttpHost) -> None:
    host.answer = by_link_header(RECORDS, 3)
    assert ids(cases(host, paging={"next": "Link"})) == IDS
    assert len(host.asked) == 3


def test_a_key_that_holds_a_dot_may_hold_the_next_link(host: HttpHost) -> None:
    pages = {"0": {"value": RECORDS[:3], "@odata.nextLink": f"{host.url}/cases?p=1"}, "1": {"value": RECORDS[3:]}}
    host.answer = lambda asked: Reply(pages[asked.parameters.get("p", "0")])
    assert ids(cases(host, records="value", paging={"next": "@odata.nextLink"})) == IDS


@pytest.mark.parametrize(("page_size", "requests"), [(1, 8), (3, 3), (7, 2), (100, 2)])
def test_counting_ends_at_a_page_that_is_shorter_than_the_first(host: HttpHost, page_size: int, requests: int) -> None:
    host.answer = by_offset(RECORDS)
    feed = cases(host, records="result.records", paging={"offset": "skip", "limit": "take", "page_size": page_size})
    assert ids(feed) == IDS
    assert len(host.asked) == requests


def test_a_service_that_gives_fewer_records_than_asked_for_is_read_to_its_end(host: HttpHost) -> None:
    host.answer = by_offset(RECORDS, at_most=2)
    assert ids(cases(host, records="result.records", paging={"offset": "skip", "limit": "take"})) == IDS


def test_without_paging_one_page_is_asked_for(host: HttpHost) -> None:
    host.answer = as_zendesk(host, RECORDS, 3)
    assert ids(cases(host, records="tickets")) == ["1", "2", "3"]
    assert len(host.asked) == 1


def test_an_empty_page_in_the_middle_is_no_end_where_the_page_says_so(host: HttpHost) -> None:
    pages = {
        "": {"list": RECORDS[:2], "next": "b", "has_more": True},
        "b": {"list": [], "next": "c", "has_more": True},
        "c": {"list": RECORDS[2:], "next": "d"},
        "d": {"list": [], "next": "e"},
    }
    host.answer = lambda asked: Reply(pages[asked.parameters.get("at", "")])
    assert ids(cases(host, records="list", paging={"cursor": "next", "parameter": "at"})) == IDS
    assert len(host.asked) == 4


@pytest.mark.parametrize("last", [{"end_of_stream": True, "cursor": "z"}, {"cursor": None}, {"cursor": ""}, {}])
def test_a_stream_ends_where_it_says_so_or_gives_no_cursor(host: HttpHost, last: dict[str, object]) -> None:
    host.answer = lambda _asked: Reply({"list": RECORDS, **last})
    assert ids(cases(host, records="list", paging={"cursor": "cursor", "parameter": "at"})) == IDS
    assert len(host.asked) == 1


def test_records_become_text_of_the_columns_that_the_mapping_needs(host: HttpHost) -> None:
    body = b'[{"id": 5700000000000000001, "opened": null, "customer": {"id": 1.50}, "text": [1, "a"], "other": "x"}, {"id": "b", "customer": null}]'
    host.answer = lambda _asked: Reply(body)
    raw, _ = pulled(cases(host, "/cases?year={year}"))
    assert raw.table.to_dict("list") == {
        "customer.id": ["1.50", ""],
        "id": ["5700000000000000001", "b"],
        "opened": ["", ""],
        "text": ['[1,"a"]', ""],
    }
    assert set(map(str, raw.table.dtypes)) == {"str"}
    assert raw.table.index.tolist() == [2, 3]
    assert raw.place == f"{host.url}/cases?year=2026"
    assert [(file.place, file.rows) for file in raw.files] == [(raw.place, 2)]
    assert raw.sha256 == raw.files[0].sha256 == hashlib.sha256(body).hexdigest()
    assert host.asked[0].parameters == {"year": "2026"}


def test_no_record_is_no_error_and_no_header(host: HttpHost) -> None:
    raw, _ = pulled(cases(host))
    assert raw.table.empty
    assert raw.table.columns.tolist() == ["customer.id", "id", "opened", "text"]
    assert http_header(cases(host), Q3, WINDOW, {}) == ()


def test_the_header_is_that_of_the_first_page(host: HttpHost) -> None:
    assert http_header(zendesk(host), Q3, WINDOW, {}) == ("id", "opened", "customer.name", "customer.id", "text")
    assert len(host.asked) == 1


def test_a_column_that_no_record_has_is_named_with_the_nearest(host: HttpHost) -> None:
    host.answer = lambda _asked: Reply([{"id": 1, "opened_at": 2, "customer": {"id": 3}, "text": WORDS}])
    assert sentence(cases(host)).endswith("has no column 'opened'; did you mean 'opened_at'?")
    with pytest.raises(InputError, match="has no column 'opened'"):
        http_header(cases(host), Q3, WINDOW, {})


def test_a_column_below_an_object_that_is_never_filled_is_empty(host: HttpHost) -> None:
    host.answer = lambda _asked: Reply([{"id": 1, "opened": 2, "customer": None, "text": ""}])
    assert pulled(cases(host))[0].table["customer.id"].tolist() == [""]


def test_rate_limits_errors_and_lost_connections_in_mid_paging_lose_and_double_nothing(host: HttpHost) -> None:
    feed = zendesk(host)
    host.faults = {
        1: Reply({}, 429, {"Retry-After": "7"}),
        3: Reply({}, 500),
        4: Reply({}, 503, {"Retry-After": "3600"}),
        5: Reply(fault="dropped"),
        6: Reply({"tickets": RECORDS}, fault="cut"),
        7: Reply(b"no gzip", headers={"Content-Encoding": "gzip"}),
        9: Reply({}, 429, {"Retry-After": format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)}),
        10: Reply({}, 429, {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)}),
        11: Reply({}, 429, {"Retry-After": "soon"}),
    }
    raw, waits = pulled(feed)
    assert raw.table["id"].tolist() == IDS
    assert host.faults == {}
    assert waits[0] == 7
    assert 0.5 <= waits[1] <= 1
    assert waits[2] == 60
    assert [2 <= waits[3] <= 4, 4 <= waits[4] <= 8, 8 <= waits[5] <= 16] == [True] * 3
    assert waits[6] == 0
    assert 30 < waits[7] <= 40
    assert 2 <= waits[8] <= 4
    assert len(waits) == 9


@pytest.mark.parametrize("fault", [Reply({"error": WORDS}, 500), Reply({}, 429), Reply(fault="dropped"), Reply({"a": 1}, fault="cut")])
def test_a_service_that_fails_six_times_is_an_outside_failure(host: HttpHost, fault: Reply) -> None:
    host.answer = lambda _asked: fault
    assert "failed 6 times" in sentence(cases(host, parameters={"key": "${CRM_KEY}"}), ServiceError)
    assert len(host.asked) == 6


def test_a_port_where_nobody_listens_is_an_outside_failure() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert "ConnectError" in sentence(cases(HttpHost(f"http://127.0.0.1:{port}")), ServiceError)


def test_the_token_is_sent_with_every_page(host: HttpHost) -> None:
    host.token = TOKEN
    assert ids(zendesk(host, authorization="Bearer ${CRM_TOKEN}")) == IDS
    assert len(host.asked) == 3


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_login_names_the_variable_and_not_the_token(host: HttpHost, status: int) -> None:
    host.answer = lambda _asked: Reply({"error": TOKEN}, status)
    assert f"refuses the login (status {status}); see whether CRM_TOKEN is right" in sentence(
        cases(host, authorization="Bearer ${CRM_TOKEN}")
    )
    assert "set `authorization`" in sentence(cases(host))
    assert len(host.asked) == 2


@pytest.mark.parametrize(
    ("status", "told"), [(404, "is not there (status 404)"), (400, "status 400"), (422, "status 422"), (304, "status 304")]
)
def test_a_refused_request_is_not_tried_again(host: HttpHost, status: int, told: str) -> None:
    host.answer = lambda _asked: Reply({"error": WORDS}, status)
    assert told in sentence(cases(host, parameters={"key": "${CRM_KEY}"}))
    assert len(host.asked) == 1


@pytest.mark.parametrize("secret", ["two\nlines", "pâté", "a\r\nHost: evil.example"])
def test_a_token_that_cannot_be_a_header_is_refused_without_being_shown(host: HttpHost, secret: str) -> None:
    with pytest.raises(InputError, match="set CRM_TOKEN anew") as raised:
        pulled(cases(host, authorization="Bearer ${CRM_TOKEN}"), {"CRM_TOKEN": secret})
    assert secret not in str(raised.value)
    assert host.asked == []


def test_a_variable_that_is_not_set_is_named(host: HttpHost) -> None:
    with pytest.raises(InputError, match=r"Bearer \$\{CRM_TOKEN\}, and CRM_TOKEN is not set"):
        pulled(cases(host, authorization="Bearer ${CRM_TOKEN}"), {})


LEADS_AWAY = [
    lambda url: url.replace("127.0.0.1", "localhost"),
    lambda url: url.rpartition(":")[0] + ":1",
    lambda url: url.replace("http:", "https:"),
    lambda _url: "//evil.example/cases",
    lambda url: url.replace("/cases", "@evil.example/cases"),
]


@pytest.mark.parametrize("away", LEADS_AWAY)
def test_the_token_travels_to_no_other_host_port_or_scheme(host: HttpHost, away: Callable[[str], str]) -> None:
    link = away(host.url + "/cases?page=2")
    replies = {
        "links.next": Reply({"list": RECORDS, "links": {"next": link}}),
        "Link": Reply({"list": RECORDS}, headers={"Link": f'<{link}>; rel="next"'}),
        "redirect": Reply({}, 302, {"Location": link}),
    }
    for path, reply in replies.items():
        host.answer = lambda _asked, reply=reply: reply
        told = sentence(cases(host, records="list", paging={"next": path}, authorization="Bearer ${CRM_TOKEN}"))
        assert "leads to another host" in told
    assert len(host.asked) == 3


@pytest.mark.parametrize("link", ["http://a:port/", ["a"], {"a": 1}, True, "http://\x00/"])
def test_a_next_link_that_is_no_address_is_one_sentence(host: HttpHost, link: object) -> None:
    host.answer = lambda _asked: Reply({"list": RECORDS, "next": link})
    assert "no address" in sentence(cases(host, records="list", paging={"next": "next"}))


def test_a_redirect_on_the_same_host_is_followed_but_not_in_a_circle(host: HttpHost) -> None:
    host.answer = lambda asked: Reply(RECORDS) if asked.path == "/v2/cases" else Reply({}, 301, {"Location": "/v2/cases"})
    assert ids(cases(host)) == IDS
    host.answer = lambda _asked: Reply({}, 302, {"Location": "/cases"})
    assert "redirects more than 5 times" in sentence(cases(host))


def test_a_cursor_or_a_page_that_comes_twice_is_refused(host: HttpHost) -> None:
    host.answer = lambda asked: Reply({"list": [{**RECORDS[0], "n": len(host.asked)}], "cursor": "same", "next": asked.path})
    feed = cases(host, records="list", paging={"cursor": "cursor", "parameter": "after"})
    assert "gives the same page again after page 2" in sentence(feed)
    assert "gives the same page again after page 1" in sentence(cases(host, records="list", paging={"next": "next"}))
    assert len(host.asked) == 3
    host.answer = lambda _asked: Reply({"list": RECORDS})  # which does not know the parameter
    told = sentence(cases(host, records="list", paging={"offset": "skip", "limit": "take", "page_size": 7}))
    assert "gives the same page again after page 1" in told


def test_paging_without_an_end_is_given_up(host: HttpHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_api, "PAGES_AT_MOST", 5)
    host.answer = lambda _asked: Reply({"list": [{**RECORDS[0], "id": len(host.asked)}], "cursor": f"c{len(host.asked)}"})
    assert "no last page within 5 pages" in sentence(cases(host, records="list", paging={"cursor": "cursor", "parameter": "after"}))
    host.answer = by_offset(RECORDS[:5])
    feed = cases(host, records="result.records", paging={"offset": "skip", "limit": "take", "page_size": 1})
    assert "no last page within 5 pages" in sentence(feed)
    host.answer = as_zendesk(host, RECORDS[:5], 1)
    assert len(pulled(cases(host, records="tickets", paging={"next": "links.next"}))[0].table) == 5


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (json.dumps(RECORDS).encode()[:-20], "page 1 is no JSON"),
        (b"<html>" + WORDS.encode(), "page 1 is no JSON"),
        (b"", "page 1 is no JSON"),
        (b'[{"id": NaN}]', "page 1 is no JSON"),
        (b'[{"id": "\xff"}]', "page 1 is no JSON"),
        (b"[" * 100_000, "page 1 is no JSON"),
        (WORDS.join(['{"', '": 1}']).encode(), "page 1 holds no list in itself"),
        (f'["{WORDS}"]'.encode(), "page 1 holds a record that is no object"),
        (b"null", "page 1 holds no list"),
    ],
)
def test_a_page_that_holds_no_records_is_one_sentence(host: HttpHost, body: bytes, told: str) -> None:
    host.answer = lambda _asked: Reply(body)
    assert told in sentence(cases(host))
    assert len(host.asked) == 1


def test_a_page_without_the_list_or_with_a_cursor_of_another_kind_is_one_sentence(host: HttpHost) -> None:
    host.answer = lambda _asked: Reply({"result": {"records": RECORDS}, "cursor": {"of": WORDS}})
    assert "holds no list under 'result.rows'" in sentence(cases(host, records="result.rows"))
    assert "holds no list under 'cursor.of'" in sentence(cases(host, records="cursor.of"))
    assert "no cursor under 'cursor'" in sentence(cases(host, records="result.records", paging={"cursor": "cursor", "parameter": "after"}))


def test_a_page_that_unpacks_to_more_than_memory_should_hold_is_refused(host: HttpHost) -> None:
    bomb = gzip.compress(bytes(http_client.PAGE_BYTES_AT_MOST + 1), 1)
    assert len(bomb) < 2**20
    host.answer = lambda _asked: Reply(bomb, headers={"Content-Encoding": "gzip"})
    assert "more than 64 MiB" in sentence(cases(host))


@pytest.mark.parametrize("address", ["${CRM_KEY}/cases", "http://", "http://[::1/x", "http://a:port/", "https:///cases"])
def test_an_address_that_is_none_is_one_sentence(address: str) -> None:
    feed = source(reads={"http": address, "parameters": {"a": "b"}}, columns=COLUMNS)
    assert "is no address" in sentence(feed)


def test_no_log_at_any_level_holds_an_address_a_token_or_a_customers_words(host: HttpHost, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection"):
        caplog.set_level(logging.DEBUG, name)
    host.faults = {2: Reply({}, 500, {"X-Debug": TOKEN}), 3: Reply(fault="dropped")}
    feed = zendesk(host, authorization="Bearer ${CRM_TOKEN}", parameters={"key": "${CRM_KEY}"})
    assert ids(feed) == IDS
    for private in (*SECRETS.values(), WORDS, "c3", host.url):
        assert private not in caplog.text


def test_without_a_window_an_address_that_asks_for_one_is_a_mistake_of_the_caller(host: HttpHost) -> None:
    with pytest.raises(TypeError, match="window"):
        read_http(cases(host, "/cases?since={since}"), Q3, None, {})
    assert host.asked == []


def test_a_real_wait_is_as_long_as_the_service_asks(host: HttpHost) -> None:
    host.answer = lambda _asked: Reply(RECORDS)
    host.faults = {1: Reply({}, 429, {"Retry-After": "1"})}
    started = time.monotonic()
    assert len(read_http(cases(host), Q3, WINDOW, {}).table) == 7
    assert time.monotonic() - started >= 1
