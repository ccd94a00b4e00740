"""Traces: a request is a tree of spans that a collector receives, with nothing in it of what was asked."""

import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Final

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from auth.token import DemoIssuer
from hub.app import application
from hub.logs import Exchange
from hub.services import opened
from hub.settings import Settings
from hub.spans import Spans
from schema.engine import Engine

CANARY: Final = "canary-of-a-value"
ROOT: Final = Path(__file__).parent.parent


def test_spans_stand_in_one_another_and_tell_of_failures() -> None:
    kept = InMemorySpanExporter()
    spans = Spans(SimpleSpanProcessor(kept))
    exchange = Exchange("id-of-request", "POST", "/graphql")

    def answer() -> None:
        with spans.request(exchange):
            exchange.status, exchange.outcome = 500, "INTERNAL"
            with spans.within("compile"):
                pass
            with spans.statement("READ"):
                raise ZeroDivisionError(CANARY)

    with pytest.raises(ZeroDivisionError):
        answer()
    spans.close()
    compiled, statement, request = kept.get_finished_spans()
    assert (compiled.name, statement.name, request.name) == ("compile", "statement", "POST /graphql")
    for child in (compiled, statement):
        assert child.parent is not None
        assert request.context is not None
        assert child.parent.span_id == request.context.span_id
    assert dict(request.attributes or {}) == {
        "http.request.method": "POST",
        "http.route": "/graphql",
        "hub.request_id": "id-of-request",
        "http.response.status_code": 500,
        "hub.outcome": "INTERNAL",
    }
    assert dict(statement.attributes or {}) == {"db.operation.name": "READ"}
    assert not request.status.is_ok
    assert not statement.status.is_ok
    assert CANARY not in "".join(span.to_json() for span in kept.get_finished_spans())


@contextmanager
def collector() -> Generator[tuple[str, list[bytes]]]:
    """A collector on this machine, and what it received at the address of traces."""
    received: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        """Takes what is posted."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path == "/v1/traces" and self.headers["content-type"] == "application/x-protobuf":
                received.append(body)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the library
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", received
        finally:
            server.shutdown()
            serving.join()


async def test_a_collector_receives_the_walk_of_a_query(engine: Engine, tmp_path: Path) -> None:
    with collector() as (endpoint, received):
        settings = Settings(
            data=tmp_path,
            graph_url=engine.url,
            graph_user=engine.user,
            graph_password=engine.password,
            graph_database=engine.database,
            otlp_endpoint=endpoint,
        )
        token = DemoIssuer(tmp_path).issue("an", ["developer"], None)
        async with opened(settings, lambda _vi, _en: None) as services:
            transport = httpx.ASGITransport(app=application(services, "http://hub.test"))
            async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
                query = f'{{ farms(where: {{name: {{eq: "{CANARY}"}}}}) {{ totalCount }} }}'
                headers = {"authorization": f"Bearer {token}", "x-request-id": "id-of-request"}
                answer = await client.post(f"/graphql?x={CANARY}", json={"query": query}, headers=headers)
    assert answer.status_code == 200
    sent = b"".join(received)
    assert CANARY.encode() not in sent
    assert token.encode() not in sent
    assert b"farms" not in sent
    found = [span for body in received for span in parsed(body)]
    (request,) = [span for span in found if span.name == "POST /graphql"]
    mine = [span for span in found if span.parent_span_id == request.span_id]
    assert {"compile", "statement"} <= {span.name for span in mine}
    assert "id-of-request" in str(request.attributes)


def parsed(body: bytes) -> list[Span]:
    message = ExportTraceServiceRequest.FromString(body)
    return [span for resource in message.resource_spans for scope in resource.scope_spans for span in scope.spans]


def test_a_collector_that_is_gone_does_not_hold_up_the_end(caplog: pytest.LogCaptureFixture) -> None:
    spans = Spans.to("http://127.0.0.1:9")
    with spans.within("compile"):
        pass
    closing = threading.Thread(target=spans.close, daemon=True)
    closing.start()
    closing.join(60)
    assert not closing.is_alive()
    caplog.clear()


def test_without_a_collector_what_sends_to_one_is_not_imported() -> None:
    """Redis's client imports some of OpenTelemetry by itself, where it is installed."""
    sends = "name.startswith(('opentelemetry.exporter', 'opentelemetry.proto', 'hub.spans'))"
    code = f"import sys, hub.__main__; print([name for name in sys.modules if {sends}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603 - our own interpreter
    assert done.stdout == "[]\n"
