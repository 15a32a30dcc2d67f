"""A publisher of feeds on loopback: the documents of a mirror, with its manifest, on top of `web`."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import format_datetime

from tests.simulators.web import Web, serve


class FeedServer:
    """Documents by their name in a mirror; `web` has the misdeeds (cuts, statuses, redirects)."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self.url = web.url

    def publish(self, name: str, data: bytes, changed: datetime | None = None) -> None:
        """Put a document in place of whatever had its name."""
        self.web.documents[f"/{name}"] = data
        if changed is not None:
            self.web.headers[f"/{name}"] = {"Last-Modified": format_datetime(changed, usegmt=True)}

    def withdraw(self, name: str) -> None:
        """Publish the document no longer."""
        del self.web.documents[f"/{name}"]

    def publish_manifest(self, date: str = "2024-05-01", **wrong: str) -> None:
        """List everything published so far; `wrong` gives false checksums by document name."""
        files = [
            {
                "path": name.removeprefix("/"),
                "bytes": len(data),
                "sha256": wrong.get(name.removeprefix("/"), hashlib.sha256(data).hexdigest()),
            }
            for name, data in self.web.documents.items()
            if name != "/MANIFEST.json"
        ]
        manifest = {"sources": [{"files": files, "obtained_from": [{"date": date}]}]}
        self.publish("MANIFEST.json", json.dumps(manifest).encode())

    def asked(self) -> list[str]:
        """The documents asked for since the last time this was called, in order."""
        names = [path.removeprefix("/") for path, _ in self.web.requests]
        self.web.requests.clear()
        return names


@contextmanager
def feed_server() -> Iterator[FeedServer]:
    """A running server without documents."""
    with serve() as web:
        yield FeedServer(web)
