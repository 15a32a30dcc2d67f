"""ARNs and account ids."""

import pytest

from vedette.errors import ParseError
from vedette.model.arn import AccountId, ArnParts, make_arn, parse_account_id, parse_arn, split_arn


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
            ArnParts(
                partition="aws",
                service="ec2",
                region="eu-west-1",
                account="111122223333",
                resource="instance/i-1",
            ),
        ),
        (
            "arn:aws-cn:lambda:cn-north-1:111122223333:function:f:$LATEST",
            ArnParts(
                partition="aws-cn",
                service="lambda",
                region="cn-north-1",
                account="111122223333",
                resource="function:f:$LATEST",
            ),
        ),
        (
            "arn:aws:s3:::bucket",
            ArnParts(partition="aws", service="s3", region="", account="", resource="bucket"),
        ),
    ],
)
def test_arn_round_trips(text: str, expected: ArnParts) -> None:
    assert split_arn(text) == expected
    assert make_arn(expected) == parse_arn(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "arn",
        "arn:aws:ec2",
        "urn:aws:ec2:r:a:x",
        "arn::ec2:r:a:x",
        "arn:aws::r:a:x",
        "arn:aws:ec2:r:a:",
    ],
)
def test_what_is_no_arn(text: str) -> None:
    with pytest.raises(ParseError, match="not an ARN"):
        parse_arn(text)


def test_account_ids() -> None:
    assert parse_account_id("000000000001") == AccountId("000000000001")
    for text in ("", "1", "1111222233334", "11112222333a", "\u0661" * 12):
        with pytest.raises(ParseError, match="not an AWS account id"):
            parse_account_id(text)
