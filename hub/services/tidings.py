"""The words in which residents are told: what it is about, the items, the ways to change one's mind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from babel.dates import format_date

from hub.errors import NotFound
from hub.model import Announcement, Region
from hub.model.following import Following, Telling, Wish
from hub.services.following_links import FollowingLinks
from hub.services.notice_events import WITHDRAWN, NoticeEvents
from hub.spec.notify import Item, News
from hub.store import Store, Transaction
from hub.text.normalise import shortened
from hub.text.regions import Gazetteer
from hub.text.words import say

EXCERPT = 160


class Tidings:
    """Words of the hub.

    Args:
        hub_name: the portal's name, in every subject.
    """

    def __init__(
        self,
        store: Store,
        events: NoticeEvents,
        links: FollowingLinks,
        gazetteer: Gazetteer,
        *,
        hub_name: str,
        zone: tzinfo,
    ) -> None:
        self._store, self._events, self._links, self._gazetteer = store, events, links, gazetteer
        self._hub_name, self._zone = hub_name, zone

    def title(self, wish: Wish, lang: str) -> str:
        """What is followed, as it stands in a sentence: "pengumuman untuk Desa Taan"."""
        with self._store.read() as tx:
            return self._title(tx, wish, lang)

    def news(self, following: Following, telling: Telling) -> News:
        """The whole message. A post or announcement that went away meanwhile is left out; then it may have
        no items."""
        lang = following.language
        with self._store.read() as tx:
            what = self._title(tx, following.wanted, lang)
            items = self._items(tx, telling, lang) if telling.message == "news" else ()
        values = {
            "what": what,
            "hub": self._hub_name,
            "rhythm": say(f"follow.rhythm.{following.rhythm}", lang),
        }
        asked = telling.message == "ask"
        return News(
            key=telling.key,
            subject=self._subject(items, telling, lang, values),
            intro=self._intro(following, telling, lang, values),
            items=items,
            url=self._links.yes(following.id) if asked else self._links.page(following.wanted),
            url_words=say(f"follow.{'yes' if asked else 'more'}", lang),
            stop_url=self._links.stop(following.id),
            stop_words=say(f"follow.{'not_me' if asked else 'stop'}", lang),
            manage_url="" if asked else self._links.manage(following.id),
            manage_words=say("follow.manage", lang),
            language=lang,
            urgent=telling.urgent,
        )

    # -- what is followed ---------------------------------------------------------------------------

    def _title(self, tx: Transaction, wish: Wish, lang: str) -> str:
        search = wish.search
        region = self._region(search.get("village") or search.get("kecamatan") or "")
        if wish.what == "notices":
            return say("follow.title.notices_of" if region else "follow.title.notices", lang, place=region)
        if wish.what == "place":
            return say("follow.title.place", lang, place=region)
        about = [
            say("follow.title.words", lang, q=search["q"]) if "q" in search else "",
            say("follow.title.topic", lang, topic=self._topic(tx, search["topic"]))
            if "topic" in search
            else "",
            say("follow.title.site", lang, site=self._site(tx, search["site"])) if "site" in search else "",
            say("follow.title.in", lang, place=region) if region else "",
        ]
        found = " ".join(filter(None, about))
        return f"{say('follow.title.news', lang)} {found}" if found else say("follow.title.all", lang)

    def _region(self, code: str) -> str:
        return _named(self._gazetteer.get(code)) if code in self._gazetteer else code

    def _topic(self, tx: Transaction, slug: str) -> str:
        topic = tx.shelf.topic(slug)
        return topic.label if topic else slug.replace("-", " ")

    def _site(self, tx: Transaction, number: str) -> str:
        try:
            return tx.sites.get(int(number)).name
        except NotFound:
            return f"KIM {number}"

    # -- the message --------------------------------------------------------------------------------

    def _subject(
        self, items: tuple[Item, ...], telling: Telling, lang: str, values: Mapping[str, Any]
    ) -> str:
        if telling.message != "news":
            return say(f"follow.subject.{telling.message}", lang, **values)
        if telling.urgent and items:
            return say("follow.subject.urgent", lang, title=shortened(items[0].title, 100), **values)
        count = len(items) + telling.more
        if count == 1 and items:
            return say("follow.subject.one", lang, title=shortened(items[0].title, 100), **values)
        return say("follow.subject.news", lang, count=count, **values)

    def _intro(self, following: Following, telling: Telling, lang: str, values: Mapping[str, Any]) -> str:
        if telling.message != "news":
            return say(f"follow.intro.{telling.message}", lang, **values)
        parts = [say(f"follow.intro.{'urgent' if telling.urgent else following.rhythm}", lang, **values)]
        if telling.more:
            parts.append(say("follow.intro.more", lang, count=telling.more))
        return " ".join(parts)

    def _items(self, tx: Transaction, telling: Telling, lang: str) -> tuple[Item, ...]:
        ids = [int(key.partition(".")[0]) for key in telling.notices]
        notices = self._events.by_id(tx, [*ids, *telling.holding])
        found = [
            self._notice(notices[id], key.endswith(f".{WITHDRAWN}"), lang, "follow.part.notices")
            for id, key in zip(ids, telling.notices, strict=True)
            if id in notices
        ]
        rows = tx.shelf.light(telling.posts)
        found += [self._post(rows[id], lang) for id in telling.posts if id in rows]
        found += [
            self._notice(notices[id], False, lang, "follow.part.holding")
            for id in telling.holding
            if id in notices
        ]
        return tuple(found)

    def _notice(self, each: Announcement, withdrawn: bool, lang: str, part: str) -> Item:
        sign = (
            "withdrawn" if withdrawn else "corrected" if each.version > 1 else "urgent" if each.urgent else ""
        )
        title = say(f"follow.notice.{sign}", lang, subject=each.subject) if sign else each.subject
        until = (
            say("follow.notice.until", lang, when=self._day(each.valid_until, lang))
            if each.valid_until
            else ""
        )
        return Item(
            title,
            self._links.announcement(each.id),
            place=each.agency,
            excerpt=until,
            urgent=each.urgent and not withdrawn,
            heading=say(part, lang),
        )

    def _post(self, row: Any, lang: str) -> Item:
        village = self._gazetteer.get(row.village) if row.village in self._gazetteer else None
        return Item(
            row.title,
            self._links.post(row.id),
            place=_named(village) if village else "",
            excerpt=shortened(row.excerpt, EXCERPT),
            heading=self._day(row.sort_at, lang),
        )

    def _day(self, when: datetime, lang: str) -> str:
        return format_date(when.astimezone(self._zone).date(), "EEEE, d MMMM", locale=lang)


def _named(region: Region) -> str:
    """With its kind, once: "Desa Taan"."""
    kind = region.kind.replace("_", " ").capitalize()
    return region.name if region.name.casefold().startswith(kind.casefold()) else f"{kind} {region.name}"
