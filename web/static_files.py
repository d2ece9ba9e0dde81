"""Style, script and icon, each under an address that holds its hash, so that it may be kept for ever.

A folder is written in parts, one a subject, and sent as one file for each kind: ``portal/*.css`` joined in
the order of their names is ``portal.css``.
"""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

import rcssmin
import rjsmin
from flask import Blueprint, Flask, Response, abort

_FOREVER = "public, max-age=31536000, immutable"
_SHORT = "public, max-age=300"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as sent."""

    name: str
    body: bytes
    digest: str
    type: str

    @property
    def url(self) -> str:
        stem, _, ending = self.name.rpartition(".")
        return f"/static/{stem}.{self.digest}.{ending}"


class StaticFiles:
    """All files of ``web/static``, read once."""

    def __init__(self) -> None:
        self._files: dict[str, StaticFile] = {}
        for path in files("web").joinpath("static").iterdir():
            for name, written in _joined(path) if path.is_dir() else [(path.name, path.read_bytes())]:
                body = _lean(name, written)
                kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
                digest = hashlib.blake2b(body, digest_size=6).hexdigest()
                self._files[name] = StaticFile(name, body, digest, kind)
        self._hashed = {each.url.rpartition("/")[2]: each for each in self._files.values()}

    def url(self, name: str) -> str:
        """The address of a file by its plain name."""
        return self._files[name].url

    def body(self, name: str) -> bytes:
        """What a file holds, by its plain name."""
        return self._files[name].body

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("static", __name__)
        blueprint.add_url_rule("/static/<name>", "file", self._send)
        blueprint.add_url_rule("/favicon.ico", "favicon", lambda: self._send("icon.svg"))

        @blueprint.record_once
        def lend(state: object) -> None:
            app = getattr(state, "app", None)
            assert isinstance(app, Flask)
            app.jinja_env.globals["asset"] = self.url

        return blueprint

    def _send(self, name: str) -> Response:
        found = self._hashed.get(name)
        control = _FOREVER
        if found is None:
            found, control = self._files.get(name), _SHORT
        if found is None:
            abort(404)
        kind = f"{found.type}; charset=utf-8" if found.type.startswith("text/") else found.type
        return Response(found.body, content_type=kind, headers={"Cache-Control": control})


def _lean(name: str, body: bytes) -> bytes:
    """Style and script without what is written for people alone."""
    if name.endswith(".css"):
        return bytes(rcssmin.cssmin(body))
    return bytes(rjsmin.jsmin(body)) if name.endswith(".js") else body


def _joined(folder: Traversable) -> list[tuple[str, bytes]]:
    """The folder's parts as one file for each ending."""
    parts: dict[str, list[bytes]] = {}
    for path in sorted(folder.iterdir(), key=lambda each: each.name):
        parts.setdefault(path.name.rpartition(".")[2], []).append(path.read_bytes())
    return [(f"{folder.name}.{ending}", b"".join(found)) for ending, found in parts.items()]
