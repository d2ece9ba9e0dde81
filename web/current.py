"""What a view needs of the present request: the hub, the words, the addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app, g

from web.paths import Paths
from web.present import Wording

if TYPE_CHECKING:
    from hub.app import Hub


def hub() -> Hub:
    """The open hub that this application serves."""
    return cast("Hub", current_app.extensions["kimhub"])


def say() -> Wording:
    """Words in the reader's language."""
    return cast(Wording, g.say)


def paths() -> Paths:
    """Addresses in the reader's language."""
    return cast(Paths, g.paths)


def absolute(path: str) -> str:
    """``path`` under the configured public address: the Host header never gets into a link."""
    return hub().settings.hub.base_url.rstrip("/") + path
