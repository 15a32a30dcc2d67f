"""The how-to guide's own lines, run."""

import re
from pathlib import Path
from typing import Any

from tests.api.clients import NewClient
from tests.api.operations import estate
from vedette.store.store import SqlStore

GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "report-cis-results.md"


def test_guide_is_right(client: NewClient, store: SqlStore) -> None:
    estate.settle(store)
    inspector = client(store)
    names: dict[str, Any] = {"inspector": inspector, "instance_id": estate.INSTANCE.ref.id}
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        exec(block, names)  # noqa: S102 - our own guide
    (scan,) = inspector.list_cis_scans()["scans"]
    assert (scan["status"], scan["failedChecks"], scan["totalChecks"]) == ("COMPLETED", 1, 1)
