"""The language of a request: ``?lang=`` or the hub's own. No cookie and no Accept-Language, so that one
address is one page for everybody and may be kept by any cache."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from flask import Flask, g, request
from flask_babel import Babel, Domain
from markupsafe import Markup

from hub.config import LANGUAGES
from web import current
from web.paths import Paths
from web.present import Wording


def install(app: Flask) -> None:
    """Choose the language before each request and lend the templates its words."""
    Babel(app, locale_selector=wanted)
    own = Domain([str(files("web") / "translations")], "messages")
    core = Domain([str(files("hub") / "locale")], "hub")

    @app.before_request
    def choose() -> None:
        hub = current.hub()
        lang = wanted()
        g.say = Wording(
            lang, own.get_translations(), core.get_translations(), zone=hub.settings.zone, now=hub.now()
        )
        g.paths = Paths("" if lang == hub.settings.hub.language else lang)

    @app.context_processor
    def words() -> dict[str, Any]:
        hub, say = current.hub(), current.say()
        return {
            "say": say,
            "t": say.t,
            "th": say.th,
            "tn": say.tn,
            "paths": current.paths(),
            "absolute": current.absolute,
            "lang_of": lang_of,
            "settings": hub.settings,
            "district": hub.gazetteer.district,
            "village_count": len(hub.gazetteer.villages),
            "other_language": _other(say.lang),
            "language_url": _translated(_other(say.lang), hub.settings.hub.language),
        }


def wanted() -> str:
    """The language asked for, where the portal speaks it."""
    lang = request.args.get("lang", "")
    return lang if lang in LANGUAGES else current.hub().settings.hub.language


def lang_of(language: str = "") -> Markup:
    """A ``lang`` attribute for words that are not in the page's language, for voices that read it aloud.

    Args:
        language: of the words as their site states it; by default the hub's own, in which its KIM write.
    """
    language = of_content(language)
    return Markup() if language == current.say().lang else Markup(' lang="{}"').format(language)


def of_content(stated: str) -> str:
    """The language of what a KIM wrote. A stated English is the default of its software, hardly ever true."""
    stated = stated.partition("-")[0].lower()
    return current.hub().settings.hub.language if stated in ("", "en") else stated


def _translated(lang: str, default: str) -> str:
    """This page's address in ``lang``."""
    args = {name: value for name, value in request.args.items() if name != "lang"}
    return Paths("" if lang == default else lang).to(request.path, args)


@cache
def _other(lang: str) -> str:
    return next(each for each in LANGUAGES if each != lang)
