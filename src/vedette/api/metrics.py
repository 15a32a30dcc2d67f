"""Counts of requests in Prometheus' text format (version 0.0.4). Labels are of the model's words alone, so that they are few."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Gauge(msgspec.Struct, frozen=True, kw_only=True):
    """A number as it is now."""

    name: str
    text: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


class Metrics:
    """What the API has answered since it was started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, str]] = Counter()
        self._buckets: Counter[float] = Counter()
        self._seconds = 0.0
        self._count = 0

    def answered(self, service: str, operation: str, outcome: str, seconds: float) -> None:
        """Count a request."""
        bound = next((one for one in _BOUNDS if seconds <= one), None)
        with self._lock:
            self._requests[service, operation, outcome] += 1
            self._seconds += seconds
            self._count += 1
            if bound is not None:
                self._buckets[bound] += 1

    def lines(self, gauges: Iterable[Gauge]) -> Iterator[str]:
        """The whole page."""
        with self._lock:
            requests = sorted(self._requests.items())
            buckets, seconds, count = dict(self._buckets), self._seconds, self._count
        yield from _head("vedette_requests_total", "Requests answered.", "counter")
        for (service, operation, outcome), number in requests:
            labels = (("service", service), ("operation", operation), ("outcome", outcome))
            yield _line("vedette_requests_total", labels, number)
        name = "vedette_request_seconds"
        yield from _head(name, "Time from the whole request to its answer.", "histogram")
        below = 0
        for bound in _BOUNDS:
            below += buckets.get(bound, 0)
            yield _line(f"{name}_bucket", (("le", str(bound)),), below)
        yield _line(f"{name}_bucket", (("le", "+Inf"),), count)
        yield _line(f"{name}_sum", (), round(seconds, 6))
        yield _line(f"{name}_count", (), count)
        told: set[str] = set()
        for gauge in gauges:
            if gauge.name not in told:
                yield from _head(gauge.name, gauge.text, "gauge")
                told.add(gauge.name)
            yield _line(gauge.name, gauge.labels, gauge.value)


def _head(name: str, text: str, kind: str) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"


def _line(name: str, labels: tuple[tuple[str, str], ...], value: float) -> str:
    told = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
    return f"{name}{{{told}}} {value}" if told else f"{name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
