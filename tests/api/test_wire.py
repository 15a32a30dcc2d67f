from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.clients import NewClient
from vedette.api.call import Role
from vedette.store.store import SqlStore


def test_reader_may_not_change_anything(client: NewClient, store: SqlStore) -> None:
    reader = client(store, role=Role.READER)
    with pytest.raises(ClientError) as refused:
        reader.enable(resourceTypes=["EC2"])
    assert refused.value.response["Error"] == {
        "Code": "AccessDeniedException",
        "Message": "a reader may not call Enable: it changes something",
    }
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_what_is_out_of_bounds_is_told_in_the_words_of_aws(
    client: NewClient, store: SqlStore
) -> None:
    with pytest.raises(ClientError) as refused:
        client(store).list_findings(maxResults=101)
    response: Any = refused.value.response
    assert response["Error"] == {
        "Code": "ValidationException",
        "Message": "1 validation error detected: Value at 'maxResults' failed to satisfy constraint: "
        "Member must have value less than or equal to 100",
    }
    assert response["reason"] == "FIELD_VALIDATION_FAILED"
    assert response["fields"] == [
        {"name": "maxResults", "message": "Member must have value less than or equal to 100"}
    ]
