"""The writing side of a WordPress site: who may write, and the posts, pictures and categories they make."""

from __future__ import annotations

import hashlib
import mimetypes
import random
import re
import string
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hub.testing.district.texts import WITA, Item, Written, plain_text, slugify

if TYPE_CHECKING:
    from hub.testing.district.site import VillageSite

#: What WordPress's own roles may do, as far as an announcement needs it.
ROLES: dict[str, tuple[str, ...]] = {
    "editor": ("read", "edit_posts", "edit_others_posts", "edit_published_posts", "publish_posts",
               "delete_posts", "delete_others_posts", "delete_published_posts", "upload_files",
               "manage_categories", "unfiltered_html"),
    "author": ("read", "edit_posts", "edit_published_posts", "publish_posts", "delete_posts",
               "delete_published_posts", "upload_files"),
    "contributor": ("read", "edit_posts", "delete_posts"),
    "subscriber": ("read",),
}  # fmt: skip
STATUSES = ("publish", "future", "draft", "pending", "private")
#: Category of posts that name none.
UNSORTED = "Tak Berkategori"
TRASHED = "__trashed"


@dataclass(frozen=True, slots=True)
class Media:
    """An uploaded file; ``path`` is its address under the site's root."""

    id: int
    slug: str
    path: str
    type: str
    content: bytes
    uploaded: datetime
    alt: str = ""
    caption: str = ""
    title: str = ""


def application_password(seed: object) -> str:
    """Twenty-four letters and digits in groups of four, as WordPress shows them; the same for a seed."""
    dice = random.Random(str(seed))
    signs = "".join(dice.choices(string.ascii_letters + string.digits, k=24))
    return " ".join(signs[at : at + 4] for at in range(0, 24, 4))


class Desk:
    """What happens behind a WordPress site's door. Used by the serving thread and by tests.

    Args:
        site: where posts appear.
        seed: makes ``password``, the Application Password that is there from the beginning.

    ``role`` and ``trash`` (EMPTY_TRASH_DAYS is not 0) may be set to try what lacks there. ``created``
    counts the posts ever made, by the slug that was asked for. ``on_change`` is called after each change,
    with the site's lock held.
    """

    def __init__(self, site: VillageSite, seed: object = 0) -> None:
        self.site = site
        self.user = f"kim-{slugify(site.village.name)}"
        self.password = application_password(f"{seed} {site.code}")
        self.role, self.trash = "editor", True
        self.created: Counter[str] = Counter()
        self.media: dict[int, Media] = {}
        self.categories: tuple[str, ...] = (UNSORTED,)
        self.hidden: tuple[Item, ...] = ()
        self.passwords = {_bare(self.password)}
        self.on_change: Callable[[], None] = lambda: None

    # Who may write

    def refusal(self, user: str, password: str) -> str:
        """WordPress's code for a wrong name or Application Password; empty when both are right."""
        if user.lower() != self.user:
            return "invalid_username"
        return "" if _bare(password) in self.passwords else "incorrect_password"

    def may(self, capability: str) -> bool:
        return capability in ROLES[self.role]

    def grant(self) -> str:
        """A new Application Password, as somebody gets who agrees on the authorisation page."""
        with self.site.lock:
            password = application_password(f"{self.password} {len(self.passwords)}")
            self.passwords.add(_bare(password))
            self.on_change()
        return password

    def revoke(self) -> None:
        """Take back every Application Password."""
        with self.site.lock:
            self.passwords.clear()
            self.on_change()

    # Posts

    @property
    def posts(self) -> tuple[Item, ...]:
        """All posts in every status, newest first."""
        everything = (*self.site.items, *self.hidden)
        return tuple(sorted(everything, key=lambda item: (item.published, item.id), reverse=True))

    def find(self, number: str) -> Item | None:
        return next((item for item in self.posts if str(item.id) == number), None)

    def create(self, fields: Mapping[str, Any]) -> Item:
        """A new post from REST fields."""
        with self.site.lock:
            now = self.site.now()
            moment = _date(fields) or now
            self.created[_slug(fields.get("slug", ""))] += 1
            blank = Item(
                id=self.site.next_id(),
                title="",
                slug="",
                kicker="",
                topics=(UNSORTED,),
                author=self.site.village.authors[0],
                blocks=(),
                picture=None,
                published=moment,
                modified=moment,
                written=Written("", "", status="draft"),
            )
            return self._put(self._changed(blank, {"status": "draft", **fields}, now), moment)

    def update(self, item: Item, fields: Mapping[str, Any]) -> Item:
        """The post as changed by REST fields."""
        with self.site.lock:
            now = self.site.now()
            moment = _date(fields) or item.published
            new = replace(self._changed(item, fields, now), published=moment, modified=now)
            return self._put(new, now)

    def throw_away(self, item: Item) -> Item:
        """Into the trash: its slug is free again, as in WordPress."""
        slug = item.slug if item.slug.endswith(TRASHED) else item.slug + TRASHED
        with self.site.lock:
            now = self.site.now()
            written = replace(self.raw(item), status="trash")
            return self._put(replace(item, slug=slug, written=written, modified=now), now)

    def erase(self, item: Item) -> None:
        """Gone for good."""
        with self.site.lock:
            self.hidden = tuple(each for each in self.hidden if each.id != item.id)
            self.site.keep([each for each in self.site.items if each.id != item.id], self.site.now())
            self.on_change()

    def publish_due(self) -> None:
        """What WordPress's cron does: scheduled posts whose time has come appear."""
        for item in self.hidden:
            if status(item) == "future" and item.published <= self.site.now():
                self.update(item, {"status": "publish"})

    def raw(self, item: Item) -> Written:
        """What an editor sees of a post; articles of the district as they were told."""
        if item.written is not None:
            return item.written
        return Written(item.title, self.site.platform_kind.html(self.site, item))

    def _changed(self, item: Item, fields: Mapping[str, Any], now: datetime) -> Item:
        old = self.raw(item)
        written = Written(
            title=_text(fields, "title", old.title),
            content=_text(fields, "content", old.content),
            excerpt=_text(fields, "excerpt", old.excerpt),
            status=str(fields.get("status", old.status)),
            media=self._featured(fields, old.media),
        )
        if written.status in ("publish", "future"):
            later = (_date(fields) or item.published) > now
            written = replace(written, status="future" if later else "publish")
        return replace(
            item,
            title=plain_text(written.title),
            slug=self._free_slug(item, fields, written),
            topics=self._topics(fields, item.topics),
            kicker=self._topics(fields, item.topics)[0],
            written=written,
        )

    def _featured(self, fields: Mapping[str, Any], old: int) -> int:
        """WordPress takes no notice of a picture that is not there."""
        asked = int(fields.get("featured_media", old) or 0)
        return asked if not asked or asked in self.media else old

    def _free_slug(self, item: Item, fields: Mapping[str, Any], written: Written) -> str:
        """WordPress never refuses a slug that is taken: it appends -2, -3 and so on."""
        wanted = _slug(fields.get("slug", "")) or item.slug.removesuffix(TRASHED)
        if not wanted and written.status not in ("draft", "pending"):
            wanted = slugify(written.title) or str(item.id)
        taken = {other.slug for other in self.posts if other.id != item.id}
        slug, number = wanted, 2
        while slug and slug in taken:
            slug, number = f"{wanted}-{number}", number + 1
        return slug

    def _topics(self, fields: Mapping[str, Any], old: tuple[str, ...]) -> tuple[str, ...]:
        if "categories" not in fields:
            return old
        asked = _numbers(fields["categories"])
        return tuple(name for name in self.terms if term_id(name) in asked) or (UNSORTED,)

    def _put(self, item: Item, now: datetime) -> Item:
        others = [each for each in self.site.items if each.id != item.id]
        shown = status(item) == "publish"
        self.hidden = (
            *(each for each in self.hidden if each.id != item.id),
            *(() if shown else (item,)),
        )
        self.site.keep([*others, item] if shown else others, now)
        self.on_change()
        return item

    # Categories and files

    @property
    def terms(self) -> list[str]:
        """Names of all categories."""
        return sorted({*self.categories, *(topic for item in self.posts for topic in item.topics)})

    def add_term(self, name: str) -> None:
        with self.site.lock:
            self.categories = (*self.categories, name)
            self.on_change()

    def upload(self, name: str, kind: str, content: bytes) -> Media:
        """Keep a file under the month's folder; a name that is taken gets a number."""
        stem, dot, ending = name.rpartition(".")
        with self.site.lock:
            now = self.site.now()
            folder = f"/wp-content/uploads/{now.astimezone(WITA):%Y/%m}/"
            taken, number = {media.path for media in self.media.values()}, 1
            base, path = slugify(stem) or "berkas", ""
            while not path or path in taken:
                path = f"{folder}{base}{f'-{number}' if number > 1 else ''}{dot}{ending.lower()}"
                number += 1
            media = Media(self.site.next_id(), base, path, kind, content, now, title=stem)
            self.media[media.id] = media
            self.on_change()
        return media

    def describe(self, media: Media, fields: Mapping[str, Any]) -> Media:
        """Alternative text and caption."""
        new = replace(
            media,
            alt=str(fields.get("alt_text", media.alt)),
            caption=_text(fields, "caption", media.caption),
            title=_text(fields, "title", media.title),
        )
        with self.site.lock:
            self.media[media.id] = new
            self.on_change()
        return new

    def drop(self, media: Media) -> None:
        """Delete a file."""
        with self.site.lock:
            self.media.pop(media.id, None)
            self.on_change()

    def file(self, path: str) -> Media | None:
        return next((media for media in self.media.values() if media.path == path), None)

    # What a village's editor does by hand

    def copies(self, mark: str) -> list[Item]:
        """The posts that residents can read and whose slug or text holds ``mark``."""
        return [item for item in self.site.items if mark in item.slug or mark in self.raw(item).content]

    def edit_copy(self, mark: str, note: str = "") -> Item:
        """Change the copy's text, as a village editor would.

        Raises:
            LookupError: there is no copy.
        """
        item = self._copy(mark)
        note = note or f"<p>Catatan {self.site.name}: bawalah KTP asli dan fotokopinya.</p>"
        return self.update(item, {"content": f"{self.raw(item).content}\n\n{note}"})

    def remove_copy(self, mark: str) -> Item:
        """Take the copy down, as a village editor would.

        Raises:
            LookupError: there is no copy.
        """
        return self.throw_away(self._copy(mark))

    def _copy(self, mark: str) -> Item:
        found = self.copies(mark)
        if not found:
            raise LookupError(f"{self.site.name} has no copy of {mark}")
        return found[0]


def status(item: Item) -> str:
    return item.written.status if item.written is not None else "publish"


def term_id(name: str) -> int:
    """A category's number, the same everywhere and every time."""
    return 1 if name == UNSORTED else int(hashlib.sha256(name.encode()).hexdigest()[:6], 16) + 2


def allowed_upload(name: str) -> str:
    """The media type that WordPress takes ``name`` for, empty when it refuses such files."""
    kind = mimetypes.guess_type(name)[0] or ""
    return kind if kind in _UPLOADS else ""


_UPLOADS: Collection[str] = ("image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf")


def _bare(password: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", password)


def _slug(wanted: object) -> str:
    return re.sub(r"[^a-z0-9_-]+", "-", str(wanted).lower()).strip("-")[:200]


def _text(fields: Mapping[str, Any], name: str, old: str) -> str:
    value = fields.get(name, old)
    return str(value.get("raw", "") if isinstance(value, dict) else value)


def _numbers(value: object) -> set[int]:
    parts = value if isinstance(value, list) else str(value).split(",")
    return {int(part) for part in parts if str(part).strip().isdigit()}


def _date(fields: Mapping[str, Any]) -> datetime | None:
    """``date_gmt``, or ``date`` in the site's own time.

    Raises:
        ValueError: not a date.
    """
    name = "date_gmt" if fields.get("date_gmt") else "date"
    if not fields.get(name):
        return None
    moment = datetime.fromisoformat(str(fields[name]))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC if name == "date_gmt" else WITA)
