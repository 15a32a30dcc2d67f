"""Lambda: code that can be fetched, URLs and the policies that make them public."""

import base64
import hashlib
import io
import json
import zipfile
from datetime import datetime
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.vedette_simulator.conftest import Aws, refusal

pytestmark = pytest.mark.loopback


def _zip(location: str, code_sha256: str) -> dict[str, bytes]:
    data = httpx.get(location).content
    assert base64.b64encode(hashlib.sha256(data).digest()).decode() == code_sha256
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_code_of_a_function_can_be_fetched(aws: Aws) -> None:
    found = aws("lambda", "workloads").get_function(FunctionName="newsletter")
    files = _zip(found["Code"]["Location"], found["Configuration"]["CodeSha256"])
    assert b"Name: PyYAML\nVersion: 5.3\n" in files["PyYAML-5.3.dist-info/METADATA"]
    assert "newsletter.py" in files
    assert found["Tags"] == {"vedette": "scan", "team": "shop"}
    assert [layer["Arn"] for layer in found["Configuration"]["Layers"]] == [
        "arn:aws:lambda:eu-central-1:222222222222:layer:python-http:1"
    ]


def test_times_are_as_lambda_writes_them(aws: Aws) -> None:
    client = aws("lambda", "workloads")
    listed = client.list_functions()["Functions"]
    assert [item["FunctionName"] for item in listed] == ["newsletter"]
    described = client.get_function_configuration(FunctionName="newsletter")
    for item in (*listed, described):
        datetime.strptime(item["LastModified"], "%Y-%m-%dT%H:%M:%S.%f%z")
        assert item["LastModified"].endswith("+0000")


def test_a_node_function_has_its_modules(aws: Aws) -> None:
    found = aws("lambda", "workloads", "us-east-1").get_function(FunctionName="price-feed")
    files = _zip(found["Code"]["Location"], found["Configuration"]["CodeSha256"])
    assert json.loads(files["node_modules/axios/package.json"])["version"] == "1.5.1"
    assert "index.mjs" in files


def test_a_layer_can_be_fetched_by_name_and_by_arn(aws: Aws) -> None:
    client = aws("lambda", "workloads")
    by_name = client.get_layer_version(LayerName="python-http", VersionNumber=1)
    by_arn = client.get_layer_version_by_arn(Arn=by_name["LayerVersionArn"])
    by_name.pop("ResponseMetadata")
    by_arn.pop("ResponseMetadata")
    assert by_arn == by_name
    files = _zip(by_arn["Content"]["Location"], by_arn["Content"]["CodeSha256"])
    assert b"Version: 2.28.1\n" in files["python/requests-2.28.1.dist-info/METADATA"]
    with pytest.raises(ClientError) as error:
        aws("lambda", "data").get_layer_version_by_arn(Arn=by_name["LayerVersionArn"])
    assert refusal(error) == ("AccessDeniedException", 403)
    with pytest.raises(ClientError) as error:
        client.get_layer_version_by_arn(
            Arn="arn:aws:lambda:eu-central-1:222222222222:layer:nothing:1"
        )
    assert refusal(error) == ("ResourceNotFoundException", 404)


def test_a_version_keeps_its_code(aws: Aws) -> None:
    client = aws("lambda", "data")
    role = "arn:aws:iam::333333333333:role/VedetteScanner"

    def packed(text: bytes) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("main.py", text)
        return buffer.getvalue()

    client.create_function(
        FunctionName="versioned",
        Runtime="python3.11",
        Role=role,
        Handler="main.handler",
        Code={"ZipFile": packed(b"one")},
    )
    version = client.publish_version(FunctionName="versioned")["Version"]
    client.update_function_code(FunctionName="versioned", ZipFile=packed(b"two"))

    def content(**given: Any) -> bytes:
        found = client.get_function(FunctionName="versioned", **given)
        return _zip(found["Code"]["Location"], found["Configuration"]["CodeSha256"])["main.py"]

    assert (content(), content(Qualifier=version)) == (b"two", b"one")
    client.delete_function(FunctionName="versioned")


def test_the_public_url_has_the_policy_of_one(aws: Aws) -> None:
    client = aws("lambda", "workloads")
    configs = client.list_function_url_configs(FunctionName="newsletter")["FunctionUrlConfigs"]
    assert [(item["AuthType"], item["InvokeMode"]) for item in configs] == [("NONE", "BUFFERED")]
    assert configs[0]["FunctionUrl"].endswith(".lambda-url.eu-central-1.on.aws/")
    single = client.get_function_url_config(FunctionName="newsletter")
    assert single["FunctionUrl"] == configs[0]["FunctionUrl"]
    policy = json.loads(client.get_policy(FunctionName="newsletter")["Policy"])
    arn = "arn:aws:lambda:eu-central-1:222222222222:function:newsletter"
    assert policy["Statement"] == [
        {
            "Sid": "FunctionURLAllowPublicAccess",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "lambda:InvokeFunctionUrl",
            "Resource": arn,
            "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
        },
        {
            "Sid": "FunctionURLInvokeAllowPublicAccess",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "lambda:InvokeFunction",
            "Resource": arn,
            "Condition": {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
        },
    ]


def test_other_functions_are_less_open(aws: Aws) -> None:
    client = aws("lambda", "workloads", "us-east-1")
    configs = client.list_function_url_configs(FunctionName="price-feed")["FunctionUrlConfigs"]
    assert [item["AuthType"] for item in configs] == ["AWS_IAM"]
    with pytest.raises(ClientError) as error:
        client.get_policy(FunctionName="price-feed")
    assert refusal(error) == ("ResourceNotFoundException", 404)
    without = aws("lambda").list_function_url_configs(FunctionName="on-finding")
    assert without["FunctionUrlConfigs"] == []
    with pytest.raises(ClientError) as error:
        client.list_function_url_configs(FunctionName="nothing")
    assert refusal(error) == ("ResourceNotFoundException", 404)
