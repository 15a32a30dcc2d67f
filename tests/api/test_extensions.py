"""The OpenAPI document, the page of counts, and what is kept of callers."""

from typing import Any

import msgspec
from jsonschema import Draft202012Validator

from tests.api.doors import Watched, told
from tests.api.signing import signed
from vedette.api import gate
from vedette.api.extensions import ENDPOINTS, PREFIX
from vedette.api.messages import Request
from vedette.api.metrics import Gauge, Metrics
from vedette.store.store import SqlStore


def _document(watched: Watched) -> Any:
    request = Request(method="GET", path="/vedette/v1/openapi.json")
    return told(watched.answer(request))


def test_every_endpoint_is_in_the_document(store: SqlStore) -> None:
    document = _document(Watched(store))
    listed = {(path, method.upper()) for path, item in document["paths"].items() for method in item}
    assert listed == {(PREFIX + one.path, one.method) for one in ENDPOINTS}
    assert document["openapi"] == "3.1.0"
    ids = [one["operationId"] for item in document["paths"].values() for one in item.values()]
    assert len(ids) == len(set(ids))


def test_answers_are_what_the_document_says(store: SqlStore) -> None:
    watched = Watched(store)
    document = _document(watched)
    for one in ENDPOINTS:
        response = watched.answer(signed(one.method, PREFIX + one.path))
        operation = document["paths"][PREFIX + one.path][one.method.lower()]
        content = operation["responses"][str(response.status)]["content"]
        kind = dict(response.headers)["content-type"].partition(";")[0]
        schema = {**content[kind]["schema"], "components": document["components"]}
        answer = told(response) if one.answers is not None else response.body.decode()
        Draft202012Validator(schema).validate(answer)


def test_signatures_and_roles_are_in_the_document(store: SqlStore) -> None:
    paths = _document(Watched(store))["paths"]
    assert paths["/vedette/v1/health"]["get"]["security"] == []
    assert paths["/vedette/v1/passes"]["post"]["x-vedette-role"] == "admin"
    assert {"sigv4": []} in paths["/vedette/v1/passes"]["get"]["security"]


def test_counts_add_up() -> None:
    metrics = Metrics()
    for seconds in (0.001, 0.005, 0.3, 60.0):
        metrics.answered("inspector2", "ListFindings", "ok", seconds)
    metrics.answered("-", "-", 'a "quoted"\\\nline', 0.02)
    gauges = [
        Gauge(name="g", text="A gauge.", value=value, labels=(("job", name),))
        for name, value in (("a", 1.0), ("b", 2.5))
    ]
    lines = list(metrics.lines(gauges))
    assert (
        'vedette_requests_total{service="inspector2",operation="ListFindings",outcome="ok"} 4'
        in (lines)
    )
    assert (
        'vedette_requests_total{service="-",operation="-",outcome="a \\"quoted\\"\\\\\\nline"} 1'
        in lines
    )
    counted = [line for line in lines if line.startswith("vedette_request_seconds_")]
    assert counted[0] == 'vedette_request_seconds_bucket{le="0.005"} 2'
    assert counted[2] == 'vedette_request_seconds_bucket{le="0.025"} 3'
    assert counted[-3:] == [
        'vedette_request_seconds_bucket{le="+Inf"} 5',
        "vedette_request_seconds_sum 60.326",
        "vedette_request_seconds_count 5",
    ]
    assert lines[-4:] == [
        "# HELP g A gauge.",
        "# TYPE g gauge",
        'g{job="a"} 1.0',
        'g{job="b"} 2.5',
    ]


def test_callers_are_kept_in_bounded_memory(store: SqlStore) -> None:
    watched = Watched(store)
    kept = watched.parts.gate._kept
    known = next(iter(watched.known.values()))
    now = watched.parts.clock()
    for number in range(gate._MOST_KEPT):
        kept[str(number)] = (now, known)
    assert watched.code(signed("POST", "/coverage/list")) == "ok"
    assert len(kept) == 1


def test_passes_are_json_that_msgspec_reads(store: SqlStore) -> None:
    response = Watched(store).answer(signed("GET", "/vedette/v1/passes"))
    assert msgspec.json.decode(response.body) == {
        "passes": [
            {
                "job": "pass",
                "started_at": "2026-01-01T00:00:00Z",
                "ended_at": "2026-01-01T00:00:00Z",
                "outcome": "done",
                "reason": "",
                "figures": {"resources": 3},
            }
        ]
    }
