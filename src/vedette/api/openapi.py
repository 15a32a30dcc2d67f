"""The OpenAPI 3.1 document of the extensions, made of their records."""

from collections.abc import Iterable
from typing import Any

import msgspec

from vedette.api.extensions import PREFIX, Endpoint

_SCHEMAS = "#/components/schemas/{name}"
_ERROR = {
    "type": "object",
    "required": ["message"],
    "properties": {"message": {"type": "string"}},
}


def document(endpoints: Iterable[Endpoint], version: str) -> dict[str, Any]:
    """The document.

    Args:
        endpoints: all of them.
        version: vedette's.
    """
    listed = tuple(endpoints)
    types = [one.answers for one in listed if one.answers is not None]
    _, components = msgspec.json.schema_components(types, ref_template=_SCHEMAS)
    paths: dict[str, dict[str, Any]] = {}
    for one in listed:
        paths.setdefault(PREFIX + one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "vedette",
            "version": version,
            "description": "What vedette answers beside Amazon Inspector's API.",
        },
        "paths": paths,
        "components": {
            "schemas": {**components, "Error": _ERROR},
            "securitySchemes": {
                "sigv4": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "AWS Signature Version 4, for the service inspector2",
                },
                "basic": {"type": "http", "scheme": "basic"},
            },
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    schema = (
        {"type": "string"}
        if endpoint.answers is None
        else {"$ref": _SCHEMAS.format(name=endpoint.answers.__name__)}
    )
    kind = "text/plain" if endpoint.answers is None else "application/json"
    refusal = {
        "description": "A refusal",
        "content": {"application/json": {"schema": {"$ref": _SCHEMAS.format(name="Error")}}},
    }
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "operationId": f"{endpoint.method.lower()}-{endpoint.path}",
        "security": [] if endpoint.role is None else [{"sigv4": []}, {"basic": []}],
        "responses": {
            str(endpoint.status): {
                "description": endpoint.summary,
                "content": {kind: {"schema": schema}},
            },
            "default": refusal,
        },
    }
    if endpoint.role is not None:
        operation["x-vedette-role"] = str(endpoint.role)
    return operation
