"""What works without a connection: the service worker and the page that stands in for what is not kept.

The worker itself is ``static/worker``; the hub puts before it what it must know (:func:`_known`). A release
is everything that a page is made of: files, templates, words. When one changes, browsers find another worker
under the same address and replace the old one with all its files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import orjson
from flask import Blueprint, Response, current_app
from flask_babel import Domain, force_locale

from hub.config import LANGUAGES
from web import answer, current
from web.paths import Paths
from web.present import Wording

blueprint = Blueprint("offline", __name__)

#: How the names of the worker's caches begin; another number throws away what readers keep.
FORMAT = "kimhub-1-"
#: Milliseconds for which a page that is kept waits for a newer one.
PATIENCE = 4000
#: What pages need of the files.
SHELL = ("portal.css", "portal.js", "offline.js", "icon.svg")
#: Pages fetched for later on a first visit, so that the app opens without a connection too.
FIRST = ("/", "/pengumuman")
#: Asked for anew each time, but kept here as finished bytes.
_ASK = "public, no-cache"


@blueprint.get("/luring")
def offline() -> Response:
    """What is kept on this phone, and what to do without a connection."""
    return answer.page("offline.html", format=FORMAT)


@blueprint.get("/sw.js")
def worker() -> Response:
    """The service worker, for the whole portal."""
    static = current_app.extensions["kimhub.static"]
    script = b"const HUB = %b;\n%b" % (orjson.dumps(_known()), static.body("worker.js"))
    response = answer.document(script, "text/javascript; charset=utf-8", cache=_ASK)
    response.headers["Service-Worker-Allowed"] = "/"
    return response


def _known() -> dict[str, Any]:
    """What the worker must know of this hub."""
    static, language = current_app.extensions["kimhub.static"], current.hub().settings.hub.language
    return {
        "release": _release(),
        "format": FORMAT,
        "shell": [static.url(name) for name in SHELL],
        "offline": {lang: Paths("" if lang == language else lang).offline() for lang in LANGUAGES},
        "first": FIRST,
        "language": language,
        "patience": PATIENCE,
        "name": current.hub().settings.hub.name,
        "icon": static.url("icon-192.png"),
        "words": {lang: _words(lang) for lang in LANGUAGES},
    }


def _words(lang: str) -> dict[str, str]:
    """What the worker has pages say, in one language; ``{age}`` and ``{q}`` are filled in there."""
    domain = Domain([str(files("web") / "translations")], "messages")
    with force_locale(lang):
        own = domain.get_translations()
    hub = current.hub()
    t = Wording(lang, own, own, zone=hub.settings.zone, now=hub.now()).t
    return {
        "kept": t("offline.kept", age="{age}"),
        "now": t("time.now"),
        "fresh": t("offline.fresh"),
        "reload": t("offline.reload"),
        "found": t("offline.found", q="{q}"),
        "open": t("offline.open"),
        "close": t("offline.close"),
    }


def _release() -> str:
    """A name for what pages are made of now, here."""
    hub = current.hub().settings.hub
    made_of = (_digest(), hub.name, hub.office, hub.language, hub.base_url)
    return hashlib.blake2b("\0".join(made_of).encode(), digest_size=6).hexdigest()


@cache
def _digest() -> str:
    """All files, templates and words of this package, as they were when it was asked first."""
    digest = hashlib.blake2b(digest_size=12)
    for folder in ("static", "templates", "translations"):
        for path in _walk(files("web") / folder):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _walk(folder: Traversable) -> Iterator[Traversable]:
    for path in sorted(folder.iterdir(), key=lambda each: each.name):
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path
