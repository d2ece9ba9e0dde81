"""How search engines find a page: its one address in each language."""

from __future__ import annotations

from typing import Any

from flask import Flask, request

from hub.config import LANGUAGES
from web import current
from web.paths import Paths

#: Parameters that make another page; all others are a filter of the same page, or somebody's tracking.
_MEANT = ("page",)


def install(app: Flask) -> None:
    """Lend the templates the page's own addresses."""

    @app.context_processor
    def addresses() -> dict[str, Any]:
        return {"own_address": own_address, "own_addresses": own_addresses}


def own_address(lang: str = "") -> str:
    """The absolute address of the page shown now, in ``lang`` or in the language that it is shown in."""
    default = current.hub().settings.hub.language
    lang = lang or current.say().lang
    kept = {name: request.args[name] for name in _MEANT if request.args.get(name, "1") != "1"}
    return current.absolute(Paths("" if lang == default else lang).to(request.path, kept))


def own_addresses() -> list[tuple[str, str]]:
    """(``hreflang``, address) of the page in every language; ``x-default`` is for readers of any other."""
    each = [(lang, own_address(lang)) for lang in LANGUAGES]
    return [*each, ("x-default", own_address(current.hub().settings.hub.language))]
