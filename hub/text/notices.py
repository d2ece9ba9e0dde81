"""An announcement as it is to be read: the one wording for every channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from html import escape
from typing import Final
from urllib.parse import quote, urlencode

from babel.dates import format_date, format_datetime

from hub.model import Announcement, Notice, SafeHtml
from hub.text.markup import text_of
from hub.text.normalise import excerpt, shortened
from hub.text.sanitise import sanitise
from hub.text.words import say

#: WhatsApp shows about this much of a message before "read more".
MAX_SHORT: Final = 700


@dataclass(frozen=True, slots=True)
class House:
    """Whose notices these are: the hub's public address, the office's name, zone and language."""

    base_url: str
    office: str
    zone: tzinfo
    language: str = "id"

    def url(self, path: str) -> str:
        return self.base_url.rstrip("/") + path

    def say(self, key: str, **values: object) -> str:
        return say(key, self.language, **values)

    def moment(self, when: datetime) -> str:
        """As in "24 November 2026, 09.14 WITA"; a day's end as the day alone."""
        here = when.astimezone(self.zone)
        if (here.hour, here.minute) in ((0, 0), (23, 59)):
            return format_date(here.date(), "d MMMM y", locale=self.language)
        clock = "HH.mm" if self.language == "id" else "HH:mm"
        return f"{format_datetime(here, f'd MMMM y, {clock}', locale=self.language)} {here.tzname()}"


def to_notice(announcement: Announcement, house: House) -> Notice:
    """The present version of ``announcement``, worded."""
    page = house.url(f"/pengumuman/{announcement.id}")
    check = house.url("/periksa?" + urlencode({"nomor": announcement.number}, safe="/"))
    facts = _facts(announcement, house)
    footer = _footer(announcement, house, page, check)
    withdrawal = house.say(
        "notice.withdrawn", number=announcement.number, office=_issuer(announcement, house)
    )
    return Notice(
        announcement=announcement.id,
        mark=announcement.mark,
        version=announcement.version,
        number=announcement.number,
        date=announcement.date,
        nature=announcement.nature,
        subject=announcement.subject,
        agency=announcement.agency,
        html=_html(announcement, facts, house),
        footer=footer,
        text=_text(announcement, facts, house, page, check),
        short=_short(announcement, house, check),
        url=page,
        check_url=check,
        withdrawal=sanitise(f"<p>{escape(withdrawal)}</p>{footer}", base=house.base_url),
        withdrawal_text=f"{announcement.subject}\n\n{withdrawal}\n{check}\n{announcement.mark}",
        attachments=tuple(
            replace(
                each,
                url=house.url(f"/pengumuman/{announcement.id}/lampiran/{each.sha256}/{quote(each.name)}"),
            )
            for each in announcement.attachments
        ),
        contact=announcement.contact,
        valid_from=announcement.valid_from,
        valid_until=announcement.valid_until,
        published_at=announcement.published_at,
        rehearsal=announcement.rehearsal,
        markdown=announcement.text,
        issuer=_issuer(announcement, house),
        information_class=announcement.information_class,
        origin=announcement.origin or announcement.mark,
        via=(*announcement.via, house.base_url.rstrip("/")),
    )


def _issuer(announcement: Announcement, house: House) -> str:
    return announcement.agency or house.office


def _facts(announcement: Announcement, house: House) -> Sequence[tuple[str, str]]:
    """What an official letter says at its head: label and value."""
    facts = [
        (house.say("notice.number"), announcement.number),
        (
            house.say("notice.date"),
            format_date(announcement.date, "d MMMM y", locale=house.language),
        ),
        (house.say("notice.agency"), _issuer(announcement, house)),
    ]
    if announcement.nature != "biasa":
        facts.append((house.say("notice.nature"), house.say(f"nature.{announcement.nature}")))
    if announcement.valid_from:
        facts.append((house.say("notice.valid_from"), house.moment(announcement.valid_from)))
    if announcement.valid_until:
        facts.append((house.say("notice.valid_until"), house.moment(announcement.valid_until)))
    return facts


def _html(announcement: Announcement, facts: Sequence[tuple[str, str]], house: House) -> SafeHtml:
    lines = [f"<strong>{escape(label)}:</strong> {escape(value)}" for label, value in facts]
    parts = [f"<p>{'<br>'.join(lines)}</p>", announcement.body]
    if announcement.version > 1:
        parts.insert(0, f"<p><em>{escape(house.say('notice.corrected'))}</em></p>")
    if announcement.contact:
        label = escape(house.say("notice.contact"))
        parts.append(f"<p><strong>{label}:</strong> {escape(announcement.contact)}</p>")
    return sanitise("\n".join(parts), base=house.base_url)


def _footer(announcement: Announcement, house: House, page: str, check: str) -> SafeHtml:
    """The source line. The mark stands in it as text, for it must survive copying by hand."""
    source = escape(house.say("notice.source", office=house.office))
    verify = escape(house.say("notice.check"))
    code = escape(house.say("notice.code", mark=announcement.mark))
    return sanitise(
        f'<p>{source} <a href="{escape(page)}">{escape(page)}</a>. '
        f'<a href="{escape(check)}">{verify}</a>. {code}</p>',
        base=house.base_url,
    )


def _text(
    announcement: Announcement, facts: Sequence[tuple[str, str]], house: House, page: str, check: str
) -> str:
    head = "\n".join(f"{label}: {value}" for label, value in facts)
    parts = [announcement.subject, head, text_of(announcement.body).strip()]
    if announcement.version > 1:
        parts.insert(0, house.say("notice.corrected"))
    if announcement.contact:
        parts.append(f"{house.say('notice.contact')}: {announcement.contact}")
    parts.append(
        f"{house.say('notice.source', office=house.office)} {page}\n"
        f"{house.say('notice.check')}: {check}\n{house.say('notice.code', mark=announcement.mark)}"
    )
    return "\n\n".join(part for part in parts if part)


def _short(announcement: Announcement, house: House, check: str) -> str:
    """Under 700 characters: what, until when, from whom, and where to check it."""
    urgent = f"{house.say('nature.darurat').upper()}: " if announcement.urgent else ""
    tail = "\n".join(
        (
            house.say("notice.short_source", number=shortened(announcement.number, 60)),
            f"{shortened(_issuer(announcement, house), 80)}",
            f"{house.say('notice.check')}: {check}",
        )
    )
    until = (
        f"\n{house.say('notice.valid_until')}: {house.moment(announcement.valid_until)}"
        if announcement.valid_until
        else ""
    )
    head = f"*{urgent}{shortened(announcement.subject, 150)}*"
    room = MAX_SHORT - 1 - len(head) - len(tail) - len(until) - 4
    middle = _beginning(text_of(announcement.body), room) if room > 40 else ""
    text = "\n\n".join(part for part in (head, middle + until, tail) if part.strip())
    return text if len(text) < MAX_SHORT else shortened(text, MAX_SHORT - 1)


def _beginning(text: str, room: int) -> str:
    """The beginning of ``text`` in at most ``room`` characters, its lines kept; whole sentences of the
    line that does not fit."""
    kept: list[str] = []
    for line in filter(None, (each.strip() for each in text.split("\n"))):
        left = room - sum(len(each) + 1 for each in kept)
        if len(line) <= left:
            kept.append(line)
            continue
        if left > 40:
            kept.append(excerpt(line, left))
        break
    return "\n".join(kept)
