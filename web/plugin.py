"""How the web application arrives at the hub: through the entry point group, like any other plugin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.spec import hookimpl


@hookimpl
def register_wsgi() -> Sequence[Any]:
    return [make_app]


def make_app(hub: Any) -> Any:
    """The web application of an open hub."""
    from web.app import make_app  # Flask is slow to import and most commands never serve

    return make_app(hub)
