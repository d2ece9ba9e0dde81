"""``/periksa``: whether a forwarded announcement is real. Takes a number, a mark, or the whole text as it
came by WhatsApp."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from flask import Response, request

from hub.model import Announcement, Checked
from web import answer, asking, current
from web.notices import wording
from web.portal import blueprint

#: Letters of a pasted text that are read; the longest forwarded ones have about 4,000.
MAX_TEXT = 5000
#: Longer than any letter's number.
MAX_NUMBER = 200
_MARK = re.compile(r"kimhub-\d+(?:[.-]\d+)*-[0-9a-z]{26}(?![0-9a-z])", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s<>\"*_]+", re.IGNORECASE)
_LABELLED = re.compile(
    r"^[\s*_>~-]*(?:nomor|no|number)(?:\s+surat)?[\s*_]*[.:]+[\s*_]*(?P<number>[^\n]{2,200})$",
    re.IGNORECASE | re.MULTILINE,
)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a resident is told. ``differs`` warns that the pasted text does not hold the announcement's own
    subject: a true number over an invented text."""

    checked: Checked
    announcement: Announcement | None
    issuer: str
    day: str
    differs: bool


@blueprint.get("/periksa")
def check() -> Response:
    text = request.args.get("nomor", "")[:MAX_TEXT]
    asked = asked_for(text)
    reply = _reply(current.hub().noticeboard.check(asked), text) if asked else None
    return answer.page(
        "check.html",
        text=asking.control_free(text).strip(),
        reply=reply,
        max_text=MAX_TEXT,
        issuer=wording.issuer,
        standing=wording.standing,
    )


def asked_for(text: str) -> str:
    """What to look up: the number or mark in ``text``, else the text itself where it is short; empty when
    there is nothing to go by."""
    text = asking.control_free(text).strip()
    if mark := _MARK.search(text):
        return mark[0].lower()
    for address in _ADDRESS.findall(text):
        if number := _in_address(address):
            return number
    if labelled := _LABELLED.search(text):
        return labelled["number"].strip(" *_\t")
    return "" if "\n" in text or len(text) > MAX_NUMBER else text


def _in_address(address: str) -> str:
    """The number in an address of a checking page, of whatever host: what counts is whether we know it."""
    try:
        parts = urlsplit(address)
        if not parts.path.rstrip("/").endswith("/periksa"):
            return ""
        given = parse_qs(parts.query).get("nomor", [""])[0]
    except ValueError:
        return ""
    return given.strip()[:MAX_NUMBER]


def _reply(checked: Checked, text: str) -> Reply:
    found, say = checked.announcement, current.say()
    if found is None:
        return Reply(checked, None, "", "", False)
    days = {
        "withdrawn": found.withdrawn_at,
        "expired": found.valid_until,
        "not_yet_valid": found.valid_from,
        "corrected": found.corrected_at,
    }
    day = days.get(checked.verdict) or found.published_at or found.updated_at
    return Reply(
        checked,
        found,
        wording.issuer(found),
        say.day(day) if day else "",
        "\n" in text.strip() and not _holds(text, found.subject),
    )


def _holds(text: str, subject: str) -> bool:
    """Whether most words of the subject stand in the text, in whatever spelling of cases and signs."""
    wanted = set(_WORD.findall(subject.casefold()))
    given = set(_WORD.findall(text.casefold()))
    return len(wanted & given) * 10 >= len(wanted) * 7
