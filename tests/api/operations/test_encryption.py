from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.clients import NewClient
from vedette.store.store import SqlStore

KEY = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-1111-4222-8333-444455556666"
OF: dict[str, str] = {"scanType": "CODE", "resourceType": "AWS_LAMBDA_FUNCTION"}


def test_key_is_set_and_reset(client: NewClient, store: SqlStore) -> None:
    caller = client(store)
    for absent in (caller.get_encryption_key, caller.reset_encryption_key):
        with pytest.raises(ClientError) as refused:
            absent(**OF)
        error: Any = refused.value.response["Error"]
        assert error["Code"] == "ResourceNotFoundException"
    caller.update_encryption_key(kmsKeyId=KEY, **OF)
    assert caller.get_encryption_key(**OF)["kmsKeyId"] == KEY
    other = client(store, "222233334444", accounts=frozenset({"222233334444"}))
    with pytest.raises(ClientError):
        other.get_encryption_key(**OF)
    caller.reset_encryption_key(**OF)
    with pytest.raises(ClientError):
        caller.get_encryption_key(**OF)
