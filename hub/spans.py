"""Traces for a collector: spans of requests, compilation and statements. The only module that imports `opentelemetry`.

It is imported where HUB_OTLP_ENDPOINT is set, and costs nothing elsewhere. A span holds the route's template, codes and
the request's id; never an address as it was typed, a text, a value, a token, or the message of an error.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final, Self

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

from hub.logs import Exchange

_PATH: Final = "/v1/traces"
_SECONDS: Final = 5.0
"""For one export, with its retries: a collector that is gone holds up the end of the hub no longer."""
_FAILED: Final = 500


class Spans:
    """Makes spans; one that stands in no other begins a trace."""

    def __init__(self, processor: SpanProcessor) -> None:
        self._provider = TracerProvider(resource=Resource({"service.name": "hub"}), shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("hub")

    @classmethod
    def to(cls, endpoint: str) -> Self:
        """Spans that are sent to the collector at this address, in batches."""
        return cls(BatchSpanProcessor(OTLPSpanExporter(endpoint + _PATH, timeout=_SECONDS)))

    def close(self) -> None:
        """Send what is left; this blocks."""
        self._provider.shutdown()

    @contextmanager
    def request(self, exchange: Exchange) -> Generator[None]:
        """A span around a request."""
        about = {
            "http.request.method": exchange.method,
            "http.route": exchange.route,
            "hub.request_id": exchange.id,
        }
        with self._tracer.start_as_current_span(
            f"{exchange.method} {exchange.route}",
            kind=SpanKind.SERVER,
            attributes=about,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            finally:
                span.set_attribute("http.response.status_code", exchange.status)
                span.set_attribute("hub.outcome", exchange.outcome)
                if exchange.status >= _FAILED:
                    span.set_status(Status(StatusCode.ERROR))

    @contextmanager
    def within(self, name: str) -> Generator[None]:
        """A span inside that of the request, if there is one."""
        with self._child(name, SpanKind.INTERNAL, {}):
            yield

    @contextmanager
    def statement(self, mode: str) -> Generator[None]:
        """A span around a statement."""
        with self._child("statement", SpanKind.CLIENT, {"db.operation.name": mode}):
            yield

    @contextmanager
    def _child(self, name: str, kind: SpanKind, about: Mapping[str, str]) -> Generator[None]:
        with self._tracer.start_as_current_span(
            name, kind=kind, attributes=about, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException:  # that it failed, and not why: a message may hold what was asked
                span.set_status(Status(StatusCode.ERROR))
                raise
