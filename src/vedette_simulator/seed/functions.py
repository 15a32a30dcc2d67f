"""Lambda functions, their layers, URLs and policies."""

import json

from vedette_simulator.content.archives import zipped
from vedette_simulator.content.trees import node_files, python_files
from vedette_simulator.estate.model import Estate, Function
from vedette_simulator.world import Place, World

_ROLE = "lambda-execution"
_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


def make_functions(world: World, estate: Estate) -> None:
    """Publish the layers, then create the functions that use them."""
    layers: dict[str, str] = {}
    for layer in estate.lambda_layers:
        asked = {
            "LayerName": layer.name,
            "Content": {"ZipFile": zipped(python_files(layer.python, "python"))},
            "CompatibleRuntimes": list(layer.runtimes),
        }
        place = Place(account=layer.account, region=layer.region)
        layers[layer.name] = world.invoke("lambda", "PublishLayerVersion", asked, place)[
            "LayerVersionArn"
        ]
    accounts = {function.account: function.region for function in estate.functions}
    for account, region in sorted(accounts.items()):
        asked = {"RoleName": _ROLE, "AssumeRolePolicyDocument": _TRUST}
        world.invoke("iam", "CreateRole", asked, Place(account=account, region=region))
    for function in estate.functions:
        _create(world, function, layers)


def _create(world: World, function: Function, layers: dict[str, str]) -> None:
    place = Place(account=function.account, region=function.region)
    world.invoke(
        "lambda",
        "CreateFunction",
        {
            "FunctionName": function.name,
            "Runtime": function.runtime,
            "Role": f"arn:aws:iam::{function.account}:role/{_ROLE}",
            "Handler": function.handler,
            "Code": {"ZipFile": _code(function)},
            "Layers": [layers[name] for name in function.layers],
            "Tags": function.tags,
        },
        place,
    )
    if function.url is not None:
        asked = {"FunctionName": function.name, "AuthType": function.url}
        world.invoke("lambda", "CreateFunctionUrlConfig", asked, place)
    if function.public:
        _publish(world, function, place)


def _code(function: Function) -> bytes:
    module = function.handler.rpartition(".")[0]
    suffix = "py" if function.runtime.startswith("python") else "mjs"
    files = {f"{module}.{suffix}": function.source.encode()}
    files |= python_files(function.python, "")
    files |= node_files(function.node, "node_modules")
    return zipped(files)


def _publish(world: World, function: Function, place: Place) -> None:
    """The two statements that a public function URL has had since October 2025."""
    auth = function.url or "NONE"
    world.invoke(
        "lambda",
        "AddPermission",
        {
            "FunctionName": function.name,
            "StatementId": "FunctionURLAllowPublicAccess",
            "Action": "lambda:InvokeFunctionUrl",
            "Principal": "*",
            "FunctionUrlAuthType": auth,
        },
        place,
    )
    world.invoke(
        "lambda",
        "AddPermission",
        {
            "FunctionName": function.name,
            "StatementId": "FunctionURLInvokeAllowPublicAccess",
            "Action": "lambda:InvokeFunction",
            "Principal": "*",
            "InvokedViaFunctionUrl": True,
        },
        place,
    )
