"""An HTTP service for tests: JSON in pages as Zendesk, Salesforce and others give it, a token, and faults on demand."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

TOKEN = "token-3f9c1b7e"


@dataclass(frozen=True)
class Asked:
    """One request."""

    path: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    """What is answered: JSON, or bytes as they are; `cut` in the middle of the body, or `dropped` before any word of it."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Literal["cut", "dropped"] | None = None


@dataclass
class HttpHost:
    """A service that answers with `answer`, but for the requests, counted from 1, that have a reply of their own in `faults`."""

    url: str = ""
    answer: Callable[[Asked], Reply] = lambda _asked: Reply([])
    faults: dict[int, Reply] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    token: str | None = None

    def reset(self) -> None:
        """Forget all requests, faults and answers."""
        self.answer, self.token = lambda _asked: Reply([]), None
        self.faults.clear()
        self.asked.clear()

    def reply(self, asked: Asked) -> Reply:
        """Return the reply to a request, and remember the request."""
        self.asked.append(asked)
        if self.token is not None and asked.headers.get("Authorization") != f"Bearer {self.token}":
            return Reply({"error": "who are you?"}, 401)
        return self.faults.pop(len(self.asked), None) or self.answer(asked)


@contextmanager
def run_http_host() -> Iterator[HttpHost]:
    """Run the service on a free port of this machine."""
    host = HttpHost()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            _send(self, host.reply(Asked(parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), dict(self.headers))))

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    host.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    if reply.fault == "dropped":
        handler.close_connection = True
        return
    body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
    handler.send_response(reply.status)
    for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **reply.headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2] if reply.fault == "cut" else body)
    handler.close_connection = handler.close_connection or reply.fault == "cut"


Records = Sequence[Mapping[str, object]]


def as_zendesk(host: HttpHost, records: Records, page_size: int) -> Callable[[Asked], Reply]:
    """Answer as Zendesk does: a cursor and a next link on every page, the last one's too, where `has_more` is false."""

    def answer(asked: Asked) -> Reply:
        start = int(asked.parameters.get("page[after]", "c0").removeprefix("c"))
        end = min(start + page_size, len(records))
        links = {"next": f"{host.url}{asked.path}?page%5Bsize%5D={page_size}&page%5Bafter%5D=c{end}", "prev": None}
        meta = {"has_more": end < len(records), "after_cursor": f"c{end}", "before_cursor": f"c{start}"}
        return Reply({"tickets": records[start:end], "meta": meta, "links": links})

    return answer


def as_salesforce(records: Records, page_size: int) -> Callable[[Asked], Reply]:
    """Answer as Salesforce does: the next page's path, but on the last page, where `done` is true."""

    def answer(asked: Asked) -> Reply:
        start = int(asked.path.rpartition("-")[2]) if "-" in asked.path else 0
        end = min(start + page_size, len(records))
        is_done = end == len(records)
        following = {} if is_done else {"nextRecordsUrl": f"/services/data/v60.0/query/01g-{end}"}
        return Reply({"totalSize": len(records), "done": is_done, "records": records[start:end], **following})

    return answer


def by_offset(records: Records, at_most: int = 1000) -> Callable[[Asked], Reply]:
    """Answer by `skip` and `take`, with no more than `at_most` records at a time, whatever is asked for."""

    def answer(asked: Asked) -> Reply:
        start, size = int(asked.parameters["skip"]), min(int(asked.parameters["take"]), at_most)
        return Reply({"result": {"records": records[start : start + size]}})

    return answer


def by_link_header(records: Records, page_size: int) -> Callable[[Asked], Reply]:
    """Answer with a bare list and a relative next link in the header of that name."""

    def answer(asked: Asked) -> Reply:
        start = int(asked.parameters.get("from", "0"))
        end = start + page_size
        links = [f'<?from={end}>; rel="next"', '<?from=0>; rel="first"'] if end < len(records) else ['<?from=0>; rel="first"']
        return Reply(records[start:end], headers={"Link": ", ".join(links)})

    return answer
