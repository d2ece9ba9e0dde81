"""An announcement in words for pages, paper and CAP: when it holds, whom it is for, where to check it."""

from __future__ import annotations

from hub.model import Announcement, Region
from web import current
from web.notices import cap
from web.notices.blocks import Block, Run, blocks
from web.notices.reach import Part, reach
from web.notices.sheet import Sheet

#: Names of places in one sentence; past that their number is said.
_NAMED = 4


def parts(announcement: Announcement) -> tuple[Part, ...]:
    """Whom it is for; empty is the whole district."""
    gazetteer = current.hub().gazetteer
    meant: tuple[Region, ...] = current.hub().noticeboard.villages_of(announcement)
    return reach(meant, gazetteer.villages, gazetteer.kecamatan)


def places(announcement: Announcement) -> str:
    """Whom it is for, in one line: "Kecamatan Mamuju, Tapalang; Desa Sumare (Kecamatan Simboro)"."""
    say = current.say()
    found = parts(announcement)
    if not found:
        return say.t("notices.for_all", district=say.place(current.hub().gazetteer.district))
    whole = [part.kecamatan for part in found if part.whole]
    named = [", ".join([say.place(whole[0]), *(each.name for each in whole[1:])])] if whole else []
    return "; ".join(named + [_some(part) for part in found if not part.whole])


def validity(announcement: Announcement) -> str:
    """From when until when it holds; empty when nothing is said."""
    say, since, until = current.say(), announcement.valid_from, announcement.valid_until
    if since and until:
        return say.t("notices.valid.between", since=say.moment(since), until=say.moment(until))
    if until:
        return say.t("notices.valid.until", until=say.moment(until))
    return say.t("notices.valid.from", since=say.moment(since)) if since else ""


def issuer(announcement: Announcement) -> str:
    """The agency, or else the office that runs the portal."""
    return announcement.agency or current.hub().settings.hub.office


def standing(announcement: Announcement) -> str:
    """How it stands now: ``withdrawn``, ``expired``, ``not_yet_valid``, ``corrected`` or ``valid``."""
    now = current.hub().now()
    if announcement.state in ("withdrawn", "expired"):
        return announcement.state
    if announcement.valid_until and announcement.valid_until <= now:
        return "expired"
    if announcement.valid_from and announcement.valid_from > now:
        return "not_yet_valid"
    return "corrected" if announcement.version > 1 else "valid"


def house() -> cap.House:
    """Who sends CAP alerts."""
    hub, say = current.hub(), current.say()
    settings = hub.settings.hub
    return cap.House(
        sender=cap.sender(settings.contact, settings.base_url),
        office=settings.office,
        zone=hub.settings.zone,
        language=say.lang,
        district=say.place(hub.gazetteer.district),
        district_code=hub.gazetteer.district.code,
        event=say.t("notices.cap.event"),
    )


def sheet(announcement: Announcement) -> Sheet:
    """What stands on the paper."""
    hub, say = current.hub(), current.say()
    now = standing(announcement)
    facts = [
        (say.t("notices.number"), announcement.number),
        (say.t("notices.date"), say.day(announcement.date)),
        (say.t("notices.for"), places(announcement)),
    ]
    if said := validity(announcement):
        facts.append((say.t("notices.valid"), said))
    if announcement.contact:
        facts.append((say.t("notices.contact"), announcement.contact))
    if now == "withdrawn":
        banner = say.t("notices.sheet.withdrawn")
    elif now == "expired":
        banner = say.t("notices.sheet.expired")
    else:
        banner = say.t("notices.sheet.urgent") if announcement.urgent else ""
    changed = announcement.withdrawn_at or announcement.corrected_at or announcement.published_at
    return Sheet(
        lang=say.lang,
        office=issuer(announcement),
        kind=say.t(f"notices.sheet.kind.{'corrected' if announcement.version > 1 else 'first'}"),
        title=announcement.subject,
        number=say.t("notices.sheet.number", number=announcement.number),
        facts=facts,
        body=(_why(announcement),) if now == "withdrawn" else blocks(announcement.body),
        check_title=say.t("notices.sheet.check"),
        check=say.t("notices.sheet.check.text", name=hub.settings.hub.name),
        check_url=hub.noticeboard.notice(announcement.id).check_url,
        page=say.t("notices.sheet.page", page="%(page)s", pages="%(pages)s"),
        made_at=changed or hub.now(),
        banner=banner,
    )


def _why(announcement: Announcement) -> Block:
    """What the paper says of a withdrawn announcement in place of its text."""
    say, when = current.say(), announcement.withdrawn_at or announcement.updated_at
    words = [say.t("notices.withdrawn.on", issuer=issuer(announcement), when=say.full(when) if when else "")]
    if announcement.withdrawn_why:
        words.append(say.t("notices.withdrawn.why", why=announcement.withdrawn_why))
    return Block("text", (Run(" ".join(words)),))


def _some(part: Part) -> str:
    """Single villages of a kecamatan by name, many by their number."""
    say = current.say()
    if len(part.villages) > _NAMED:
        return say.tn("notices.villages_in", len(part.villages), kecamatan=say.place(part.kecamatan))
    names = ", ".join(say.place(village) for village in part.villages)
    return f"{names} ({say.place(part.kecamatan)})"
