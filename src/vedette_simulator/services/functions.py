"""Lambda: code and layers that can be fetched, function URLs, and policies with the conditions that AWS writes."""

import json
import re
from typing import Any

from vedette_simulator.blobs import Blobs
from vedette_simulator.errors import AwsError
from vedette_simulator.moto_boundary import function_code, layer_code
from vedette_simulator.paging import page
from vedette_simulator.wire import Fields
from vedette_simulator.world import Call, Handlers, required

_LAYER_ARN = re.compile(
    r"arn:aws:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):layer:(?P<name>[A-Za-z0-9_-]+):(?P<version>\d+)"
)
_CONDITIONS = {
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
}


def get_function(call: Call) -> Fields:
    """moto's, with a `Code.Location` that yields the zip."""
    found = call.forward()
    configuration = found["Configuration"] = _configured(found["Configuration"])
    if configuration.get("PackageType", "Zip") == "Zip":
        name, version = configuration["FunctionName"], configuration["Version"]
        qualifier = None if version == "$LATEST" else version
        data = function_code(call.place.account, call.place.region, name, qualifier)
        found["Code"] = {"RepositoryType": "S3", "Location": _location(call, data)}
    return found


def get_function_configuration(call: Call) -> Fields:
    """moto's, with the time as Lambda writes it."""
    return _configured(call.forward())


def list_functions(call: Call) -> Fields:
    """moto's, with the times as Lambda writes them, and in pages."""
    params = {key: value for key, value in call.params.items() if key not in {"Marker", "MaxItems"}}
    functions = [_configured(item) for item in call.forward(params)["Functions"]]
    found, marker = page(
        functions,
        call.params.get("Marker"),
        int(call.params.get("MaxItems", 50)),
        code="InvalidParameterValueException",
    )
    return {"Functions": found, "NextMarker": marker}


def get_layer_version(call: Call) -> Fields:
    """moto's, with a `Content.Location` that yields the zip; names and ARNs are taken."""
    name, version = (
        str(required(call.params, "LayerName")),
        int(required(call.params, "VersionNumber")),
    )
    found = call.forward()
    found["Content"]["Location"] = _location(
        call, layer_code(call.place.account, call.place.region, name, version)
    )
    return found


def get_layer_version_by_arn(call: Call) -> Fields:
    """What moto lacks: the layer version of an ARN."""
    arn = required(call.params, "Arn")
    parts = _LAYER_ARN.fullmatch(arn)
    if parts is None:
        raise AwsError(
            "InvalidParameterValueException", f"The layer version ARN {arn} does not parse.", 400
        )
    if (parts["account"], parts["region"]) != (call.place.account, call.place.region):
        raise AwsError(
            "AccessDeniedException",
            f"User: {call.caller.arn} is not authorized to perform: lambda:GetLayerVersion on resource: {arn} because "
            "no resource-based policy allows the lambda:GetLayerVersion action",
            403,
        )
    return call.invoke(
        "lambda",
        "GetLayerVersion",
        {"LayerName": parts["name"], "VersionNumber": int(parts["version"])},
    )


def get_function_url_config(call: Call) -> Fields:
    """moto's, with the address ending in `/` and the mode in capitals, as AWS writes them."""
    found = call.forward()
    found["FunctionUrl"] = found["FunctionUrl"].rstrip("/") + "/"
    found["InvokeMode"] = found["InvokeMode"].upper()
    return found


def create_function_url_config(call: Call) -> Fields:
    """As `get_function_url_config`; only `$LATEST` can have one, since moto knows no qualifier here."""
    if "Qualifier" in call.params:
        raise AwsError(
            "InvalidParameterValueException",
            "The simulator has function URLs of $LATEST only.",
            400,
        )
    found = get_function_url_config(call)
    return {key: value for key, value in found.items() if key != "LastModifiedTime"}


def list_function_url_configs(call: Call) -> Fields:
    """What moto lacks: the function's URLs in pages."""
    name = required(call.params, "FunctionName")
    call.invoke("lambda", "GetFunction", {"FunctionName": name})
    try:
        configs = [call.invoke("lambda", "GetFunctionUrlConfig", {"FunctionName": name})]
    except AwsError as error:
        if error.code != "ResourceNotFoundException":
            raise
        configs = []
    found, marker = page(
        configs,
        call.params.get("Marker"),
        int(call.params.get("MaxItems", 50)),
        code="InvalidParameterValueException",
    )
    return {"FunctionUrlConfigs": found, "NextMarker": marker}


def get_policy(call: Call) -> Fields:
    """moto's, with function URL conditions as conditions: moto keeps them as plain keys of the statement."""
    found = call.forward()
    policy = json.loads(found["Policy"])
    policy["Statement"] = [_statement(statement) for statement in policy["Statement"]]
    found["Policy"] = json.dumps(policy)
    return found


HANDLERS: Handlers = {
    ("lambda", "GetFunction"): get_function,
    ("lambda", "GetFunctionConfiguration"): get_function_configuration,
    ("lambda", "ListFunctions"): list_functions,
    ("lambda", "GetLayerVersion"): get_layer_version,
    ("lambda", "GetLayerVersionByArn"): get_layer_version_by_arn,
    ("lambda", "GetFunctionUrlConfig"): get_function_url_config,
    ("lambda", "CreateFunctionUrlConfig"): create_function_url_config,
    ("lambda", "ListFunctionUrlConfigs"): list_function_url_configs,
    ("lambda", "GetPolicy"): get_policy,
}


def _configured(configuration: Fields) -> Fields:
    """`2026-01-02T03:04:05.123456000Z` (moto) becomes `2026-01-02T03:04:05.123+0000` (Lambda)."""
    modified = configuration.get("LastModified", "")
    return configuration | {"LastModified": f"{modified[:23]}+0000" if modified else modified}


def _location(call: Call, data: bytes) -> str:
    blobs = call.world.state(Blobs)
    return blobs.url(call.world.endpoint, blobs.put(data))


def _statement(statement: dict[str, Any]) -> dict[str, Any]:
    plain = {key: value for key, value in statement.items() if key not in _CONDITIONS}
    conditions: dict[str, dict[str, Any]] = dict(plain.pop("Condition", {}))
    for key, (operator, name) in _CONDITIONS.items():
        if key in statement:
            value = statement[key]
            text = str(value).lower() if isinstance(value, bool) else value
            conditions[operator] = {**conditions.get(operator, {}), name: text}
    return plain | ({"Condition": conditions} if conditions else {})
