"""A real WebSub hub on loopback: flask-websub in a process of its own, with topics beside it.

``PUT /topic/NAME`` sets a feed, ``GET`` reads it with the Link headers that name hub and topic. The hub
refuses topics whose name begins with ``tertutup``.
"""

from __future__ import annotations

import os
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlencode


def lacking() -> str:
    """What is missing for the hub, or empty."""
    absent = [name for name in ("flask_websub", "celery") if find_spec(name) is None]
    return f"{', '.join(absent)} not installed (pip install -e .[dev])" if absent else ""


@dataclass(frozen=True)
class WebSubHub:
    base: str

    @property
    def hub(self) -> str:
        return f"{self.base}/hub"

    def topic(self, name: str) -> str:
        return f"{self.base}/topic/{name}"

    def put(self, name: str, feed: bytes) -> str:
        """Set a feed; its address."""
        request = urllib.request.Request(self.topic(name), data=feed, method="PUT")
        urllib.request.urlopen(request, timeout=10).close()
        return self.topic(name)

    def publish(self, name: str) -> None:
        """Tell the hub that a feed has changed."""
        form = urlencode({"hub.mode": "publish", "hub.topic": self.topic(name)}).encode()
        urllib.request.urlopen(self.hub, data=form, timeout=10).close()


@contextmanager
def running(folder: Path) -> Iterator[WebSubHub]:
    # not at the top: this file is also the script that runs, outside of any package
    from tests.servers.process import serving

    def command(port: int) -> list[str]:
        return [sys.executable, str(Path(__file__).resolve()), str(port), str(folder / "hub.sqlite3")]

    with serving("the WebSub hub", command, folder, "/topic/ready") as base:
        yield WebSubHub(base)


def serve(port: int, database: str) -> None:
    import celery as queue
    from celery.contrib.testing.worker import start_worker
    from flask import Flask, Response, request
    from flask_websub.hub import Hub, SQLite3HubStorage

    base, feeds = f"http://127.0.0.1:{port}", {}
    app = Flask("websub")
    app.config.update(PUBLISH_SUPPORTED=True, HUB_MIN_LEASE_SECONDS=1)
    work = queue.Celery("websub", broker="memory://", backend="cache+memory://")
    work.conf.update(worker_hijack_root_logger=False)
    hub = Hub(SQLite3HubStorage(database), work, **app.config, BACKOFF_BASE=0.2, SIGNATURE_ALGORITHM="sha256")

    @hub.register_validator
    def closed(callback: str, topic: str, *rest: object) -> str | None:
        return "tertutup untuk umum" if "/topic/tertutup" in topic else None

    @app.route("/topic/<name>", methods=["GET", "PUT"])
    def topic(name: str) -> Response:
        if request.method == "PUT":
            feeds[name] = request.get_data()
            return Response(status=204)
        links = f'<{base}/hub>; rel="hub", <{base}/topic/{name}>; rel="self"'
        return Response(feeds.get(name, b""), mimetype="application/rss+xml", headers={"Link": links})

    app.register_blueprint(hub.build_blueprint(url_prefix="/hub"))
    with start_worker(work, pool="solo", perform_ping_check=False, loglevel="warning"):
        app.run("127.0.0.1", port, threaded=True)


if __name__ == "__main__":
    # the folder of this script shadows nothing: it holds no module that the hub imports
    sys.path[:] = [each for each in sys.path if each != os.path.dirname(os.path.abspath(__file__))]
    serve(int(sys.argv[1]), sys.argv[2])
