"""The hub's words for people: reasons, cures, states and the command line's messages.

The catalogues are ``hub/locale/<language>/LC_MESSAGES/hub.po``, compiled by ``make catalogue``; Indonesian
is the original, English the second language. Keys are dotted: ``reason.dns``, ``cure.dns``, ``state.ok``.
"""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path

#: Where the catalogues are, as gettext wants it.
FOLDER = Path(__file__).resolve().parents[1] / "locale"
DOMAIN = "hub"
LANGUAGES = ("id", "en")


@cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    """The catalogue of ``lang``, falling back to the Indonesian one."""
    languages = [lang] if lang in LANGUAGES else []
    return gettext.translation(DOMAIN, FOLDER, languages=list(dict.fromkeys([*languages, "id"])))


def say(key: str, lang: str = "id", /, **values: object) -> str:
    """The text for ``key`` in ``lang`` (``id`` or ``en``; anything else counts as ``id``), with ``{name}``
    in it replaced by ``values``. A key without a text comes back as it is, so that a page never breaks
    for want of a word."""
    text = _catalogue(lang).gettext(key)
    return text.format(**values) if values and text != key else text
