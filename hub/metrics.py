"""Numbers for Prometheus, in a registry of one hub's own. The only module that imports `prometheus_client`.

Where something is counted already, as by the graph or the policies, it is read when it is asked for. Labels are of few
values: a route's template, an error's code, a state.
"""

import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hub.logs import Exchange

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

Values = Mapping[str, float]
"""A number for each value of a label; the empty one stands for no label."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Numbers that are read when they are asked for."""

    name: str
    kind: Literal["counter", "gauge"]
    about: str
    read: Callable[[], Values]
    label: str = ""


class Metrics:
    """What one hub counts."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        registry = self._registry
        self._requests = Counter(
            "hub_requests", "requests by route and outcome", ["route", "outcome"], registry=registry
        )
        self._seconds = Histogram(
            "hub_request_seconds", "seconds from a request to its whole answer", ["route"],
            registry=registry, buckets=_SECONDS,
        )  # fmt: skip
        self._statements = Histogram(
            "hub_statement_seconds", "seconds of statements at the graph", ["mode"],
            registry=registry, buckets=_SECONDS,
        )  # fmt: skip
        self._in_flight = Gauge("hub_statements_in_flight", "statements that run at the graph now", registry=registry)
        self._publications = Counter(
            "hub_publications", "publications of datasets by outcome", ["outcome"], registry=registry
        )

    @contextmanager
    def request(self, exchange: Exchange) -> Generator[None]:
        """Count and time a request."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._requests.labels(exchange.route, exchange.outcome).inc()
            self._seconds.labels(exchange.route).observe(time.perf_counter() - began)

    def statement(self, mode: str) -> AbstractContextManager[None]:
        """Time a statement, and count it among those in flight."""
        return _Timed(self._in_flight, self._statements.labels(mode))

    def published(self, outcome: str) -> None:
        """Count what a publication came to."""
        self._publications.labels(outcome).inc()

    def sample(self, samples: Sequence[Sample]) -> None:
        """Read these, too, whenever the numbers are asked for."""
        self._registry.register(_Sampled(samples))

    def exposition(self) -> bytes:
        """All numbers as Prometheus reads them."""
        return generate_latest(self._registry)


class _Timed(AbstractContextManager[None]):
    """Around one statement."""

    __slots__ = ("_began", "_histogram", "_in_flight")

    def __init__(self, in_flight: Gauge, histogram: Histogram) -> None:
        self._in_flight = in_flight
        self._histogram = histogram
        self._began = 0.0

    def __enter__(self) -> None:
        self._in_flight.inc()
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._histogram.observe(time.perf_counter() - self._began)
        self._in_flight.dec()


class _Sampled(Collector):
    """Asks others for their numbers."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._samples = samples

    def describe(self) -> Iterable[Metric]:
        """Nothing is read before somebody asks."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The numbers now."""
        for sample in self._samples:
            family = CounterMetricFamily if sample.kind == "counter" else GaugeMetricFamily
            metric = family(sample.name, sample.about, labels=[sample.label] if sample.label else [])
            for value, number in sample.read().items():
                metric.add_metric([value] if sample.label else [], number)
            yield metric
