"""Posts as they are written: found again by identity, inserted, edited, withdrawn, restored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.dml import Insert as PostgresqlInsert
from sqlalchemy.dialects.sqlite.dml import Insert as SqliteInsert

from hub.model import Alert, Draft, Enclosure, Image, Post, SafeHtml, Site, Topic, Version
from hub.store.tables import metadata, post_keys, post_topics, post_versions, posts, sightings, topics

#: Codes of a post's village and of its kecamatan.
Place = tuple[str, str]
PlaceOf = Callable[[Draft], Place]
#: PostgreSQL's advisory locks for a site's posts and for what other hubs pass on (any numbers of our own).
_STORING = 762032
_RELAYING = 762031
#: Values in one ``IN (...)``; SQLite's limit on variables is 32,766.
PORTION = 500


@dataclass(frozen=True, slots=True)
class Sighting:
    """How a source last showed a post."""

    post_id: int
    external_id: str
    digest: str
    missing_at: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What the decision about an edit needs of a stored post."""

    id: int
    source_id: int | None
    title: str
    body: str
    digest: str
    images: list[Any]
    state: str
    version: int
    sort_at: datetime
    first_seen: datetime
    alert: dict[str, Any] | None
    noindex: bool


@dataclass(frozen=True, slots=True)
class KeyOwner:
    """A visible post that bears ``key``; ``hops`` hubs passed it on, 0 for one of our own."""

    key: str
    post_id: int
    site_id: int
    hops: int


def portions(values: Iterable[Any], size: int = PORTION) -> Iterator[list[Any]]:
    """``values`` in lists of at most ``size``."""
    todo = list(values)
    for start in range(0, len(todo), size):
        yield todo[start : start + size]


def post_from_row(row: Any) -> Post:
    """A Post from a full row of ``posts``: the one place where stored HTML becomes SafeHtml again."""
    return Post(
        id=row.id,
        site_id=row.site_id,
        source_id=row.source_id,
        village=row.village,
        link=row.link,
        title=row.title,
        body=SafeHtml(row.body),
        text=row.text,
        excerpt=row.excerpt,
        author=row.author,
        published=row.published,
        published_as_given=row.published_as_given,
        date_doubtful=row.date_doubtful,
        first_seen=row.first_seen,
        updated=row.updated,
        sort_at=row.sort_at,
        topics=tuple(Topic(**each) for each in row.topics),
        images=tuple(Image(**each) for each in row.images),
        enclosures=tuple(Enclosure(**each) for each in row.enclosures),
        language=row.language,
        state=row.state,
        quarantine=row.quarantine,
        version=row.version,
        digest=row.digest,
        alert=alert_from_stored(row.alert),
        origin=row.origin,
        via=tuple(row.via or ()),
        story=row.story,
        noindex=row.noindex,
    )


def alert_from_stored(stored: dict[str, Any] | None) -> Alert | None:
    """A warning as ``alert_as_stored`` wrote it."""
    if stored is None:
        return None
    times = {name: datetime.fromisoformat(stored[name]) for name in ("onset", "expires") if stored[name]}
    polygons = tuple(tuple((lat, lon) for lat, lon in ring) for ring in stored["polygons"])
    kept = {name: value for name, value in stored.items() if name not in ("onset", "expires")}
    return Alert(**kept | times | {"polygons": polygons, "regions": tuple(stored["regions"])})


def alert_as_stored(alert: Alert | None) -> dict[str, Any] | None:
    """JSON values of a warning."""
    if alert is None:
        return None
    times = {name: at.isoformat() if (at := getattr(alert, name)) else None for name in ("onset", "expires")}
    return asdict(alert) | times


def images_as_stored(images: Sequence[Image]) -> list[dict[str, Any]]:
    return [{"url": i.url, "alt": i.alt, "width": i.width, "height": i.height} for i in images]


def _content(draft: Draft) -> dict[str, Any]:
    return {
        "link": draft.link,
        "title": draft.title,
        "body": str(draft.body),
        "text": draft.text,
        "excerpt": draft.excerpt,
        "author": draft.author,
        "published": draft.published,
        "published_as_given": draft.published_as_given,
        "date_doubtful": draft.date_doubtful,
        "topics": [{"slug": each.slug, "label": each.label} for each in draft.topics],
        "images": images_as_stored(draft.images),
        "enclosures": [{"url": e.url, "type": e.type, "length": e.length} for e in draft.enclosures],
        "language": draft.language,
        "digest": draft.digest,
        "alert": alert_as_stored(draft.alert),
        "alert_until": draft.alert.expires if draft.alert else None,
        "origin": draft.origin,
        "via": list(draft.via) or None,
        "noindex": draft.noindex,
    }


def _place(place: Place) -> dict[str, str]:
    return {"village": place[0], "kecamatan": place[1]}


class Posts:
    """The posts of the hub, as harvesting writes them."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def _upsert(self, table: Table) -> PostgresqlInsert | SqliteInsert:
        return sqlite.insert(table) if self._db.dialect.name == "sqlite" else postgresql.insert(table)

    # -- finding again ----------------------------------------------------------------------------

    def sightings(self, source_id: int, external_ids: Iterable[str]) -> dict[str, Sighting]:
        """What this source showed before, by external id."""
        found = {}
        for some in portions(external_ids):
            query = (
                select(
                    sightings.c.post_id,
                    sightings.c.external_id,
                    sightings.c.digest,
                    sightings.c.missing_at,
                    posts.c.state,
                )
                .join(posts, posts.c.id == sightings.c.post_id)
                .where(sightings.c.source_id == source_id, sightings.c.external_id.in_(some))
            )
            for row in self._db.execute(query):
                found[row.external_id] = Sighting(*row)
        return found

    def by_keys(self, site_id: int, keys: Iterable[str]) -> dict[str, int]:
        """Identity key -> post id, within one site."""
        found: dict[str, int] = {}
        for some in portions(keys):
            query = select(post_keys.c.key, post_keys.c.post_id).where(
                post_keys.c.site_id == site_id, post_keys.c.key.in_(some)
            )
            found.update((row.key, row.post_id) for row in self._db.execute(query))
        return found

    def owners(self, keys: Iterable[str]) -> list[KeyOwner]:
        """The visible posts of any site that bear one of ``keys``. Reads the whole index of keys: for what
        other hubs pass on, not for every harvest."""
        found: list[KeyOwner] = []
        for some in portions(sorted(keys)):
            query = (
                select(post_keys.c.key, post_keys.c.post_id, post_keys.c.site_id, posts.c.via)
                .join(posts, posts.c.id == post_keys.c.post_id)
                .where(post_keys.c.key.in_(some), posts.c.state == "visible")
            )
            found += [KeyOwner(*row[:3], len(row.via or ())) for row in self._db.execute(query)]
        return found

    def lock_site(self, site_id: int) -> None:
        """Until this transaction ends nobody else stores posts of the site: two of its sources may bring one
        story at one moment. SQLite has one writer anyway."""
        if self._db.dialect.name == "postgresql":
            self._db.execute(select(func.pg_advisory_xact_lock(_STORING, site_id)))

    def lock_relays(self) -> None:
        """Until this transaction ends nobody else stores what other hubs pass on. SQLite has one writer
        anyway."""
        if self._db.dialect.name == "postgresql":
            self._db.execute(select(func.pg_advisory_xact_lock(_RELAYING)))

    def relays(self) -> set[int]:
        """Sites that passed posts on."""
        query = select(posts.c.site_id).where(posts.c.origin != "").distinct()
        return set(self._db.execute(query).scalars())

    def passed_on(self, ids: Iterable[int]) -> list[int]:
        """Which of these posts are visible and were passed on."""
        found: list[int] = []
        for some in portions(ids):
            query = select(posts.c.id).where(
                posts.c.id.in_(some), posts.c.state == "visible", posts.c.origin != ""
            )
            found += self._db.execute(query).scalars()
        return found

    def kept(self, ids: Iterable[int]) -> dict[int, Kept]:
        found = {}
        for some in portions(ids):
            query = select(
                posts.c.id,
                posts.c.source_id,
                posts.c.title,
                posts.c.body,
                posts.c.digest,
                posts.c.images,
                posts.c.state,
                posts.c.version,
                posts.c.sort_at,
                posts.c.first_seen,
                posts.c.alert,
                posts.c.noindex,
            ).where(posts.c.id.in_(some))
            for row in self._db.execute(query):
                found[row.id] = Kept(**row._mapping)
        return found

    def known_ids(self, source_id: int) -> list[str]:
        """External ids of the source's visible posts, oldest first."""
        query = (
            select(sightings.c.external_id)
            .join(posts, posts.c.id == sightings.c.post_id)
            .where(sightings.c.source_id == source_id, posts.c.state == "visible")
            .order_by(posts.c.sort_at)
        )
        return list(self._db.execute(query).scalars())

    def shown_as(self, source_id: int, post_ids: Iterable[int]) -> dict[int, str]:
        """Post id -> external id under which this source last showed it."""
        found: dict[int, str] = {}
        for some in portions(post_ids):
            query = select(sightings.c.post_id, sightings.c.external_id).where(
                sightings.c.source_id == source_id, sightings.c.post_id.in_(some)
            )
            found.update((row.post_id, row.external_id) for row in self._db.execute(query))
        return found

    # -- writing ----------------------------------------------------------------------------------

    def insert(
        self, site: Site, source_id: int, place_of: PlaceOf, now: datetime, new: Sequence[tuple[Draft, str]]
    ) -> list[int]:
        """Store (draft, quarantine reason) pairs; returns their ids in the same order."""
        if not new:
            return []
        rows = [
            {
                **_content(draft),
                **_place(place_of(draft)),
                "site_id": site.id,
                "source_id": source_id,
                "first_seen": now,
                "updated": now,
                "sort_at": draft.sort_at,
                "state": "quarantined" if quarantine else "visible",
                "quarantine": quarantine,
                "version": 1,
            }
            for draft, quarantine in new
        ]
        statement = insert(posts).returning(posts.c.id, sort_by_parameter_order=True)
        ids = list(self._db.execute(statement, rows).scalars())
        self._put_topics([(post_id, draft) for post_id, (draft, _) in zip(ids, new, strict=True)])
        return ids

    def edit(
        self,
        old: Kept,
        draft: Draft,
        now: datetime,
        *,
        keep_version: bool,
        state: str,
        quarantine: str,
        place: Place | None = None,
    ) -> None:
        """Replace a post's content. ``keep_version`` records how it read before; ``place`` moves it.

        The place in the order stays: an edit is no news. Only a date that became earlier moves it.
        """
        if keep_version:
            self._db.execute(
                insert(post_versions).values(
                    post_id=old.id, version=old.version, title=old.title, body=old.body, recorded_at=now
                )
            )
        values = _content(draft) | {
            "updated": now,
            "sort_at": min(old.sort_at, draft.sort_at),
            "version": old.version + (1 if keep_version else 0),
            "state": state,
            "quarantine": quarantine,
        }
        if place is not None:
            values |= _place(place)
        self._db.execute(update(posts).where(posts.c.id == old.id).values(**values))
        self._db.execute(delete(post_topics).where(post_topics.c.post_id == old.id))
        self._put_topics([(old.id, draft)])

    def adopt(self, post_id: int, source_id: int) -> None:
        """From now on ``source_id`` says how the post reads."""
        self._db.execute(update(posts).where(posts.c.id == post_id).values(source_id=source_id))

    def set_state(self, ids: Iterable[int], state: str, now: datetime) -> None:
        """``withdrawn`` leaves a tombstone at the same address; ``visible`` brings it back."""
        for some in portions(ids):
            self._db.execute(update(posts).where(posts.c.id.in_(some)).values(state=state, updated=now))

    def put_sightings(self, source_id: int, rows: Iterable[tuple[int, str, str]]) -> None:
        """Note (post id, external id, digest) as shown by the source, in place of what it showed
        before for that post or under that id."""
        values = {
            post_id: {
                "source_id": source_id,
                "post_id": post_id,
                "external_id": external_id,
                "digest": digest,
                "missing_at": None,
            }
            for post_id, external_id, digest in rows
        }
        for some in portions(values.values()):
            # an id that moved to another post must be free before the upsert
            ids, owners = [each["external_id"] for each in some], [each["post_id"] for each in some]
            self._db.execute(
                delete(sightings).where(
                    sightings.c.source_id == source_id,
                    sightings.c.external_id.in_(ids),
                    sightings.c.post_id.not_in(owners),
                )
            )
            statement = self._upsert(sightings)
            statement = statement.on_conflict_do_update(
                index_elements=[sightings.c.source_id, sightings.c.post_id],
                set_={name: statement.excluded[name] for name in ("external_id", "digest", "missing_at")},
            )
            self._db.execute(statement, some)

    def mark_missing(self, source_id: int, post_ids: Iterable[int], when: datetime | None) -> None:
        """Note since when the source no longer shows these posts; None: it shows them again."""
        for some in portions(post_ids):
            self._db.execute(
                update(sightings)
                .where(sightings.c.source_id == source_id, sightings.c.post_id.in_(some))
                .values(missing_at=when)
            )

    def put_keys(self, site_id: int, rows: Iterable[tuple[str, int]]) -> None:
        """Note (key, post id) pairs; a key that has an owner keeps it."""
        values = [{"site_id": site_id, "key": key, "post_id": post_id} for key, post_id in rows]
        for some in portions(values):
            self._db.execute(self._upsert(post_keys).on_conflict_do_nothing(), some)

    def _put_topics(self, drafts: Sequence[tuple[int, Draft]]) -> None:
        labels = {topic.slug: topic.label for _, draft in drafts for topic in draft.topics}
        if not labels:
            return
        self._db.execute(
            self._upsert(topics).on_conflict_do_nothing(),
            [{"slug": slug, "label": label} for slug, label in sorted(labels.items())],
        )
        pairs = {(topic.slug, post_id) for post_id, draft in drafts for topic in draft.topics}
        self._db.execute(
            self._upsert(post_topics).on_conflict_do_nothing(),
            [{"slug": slug, "post_id": post_id} for slug, post_id in sorted(pairs)],
        )

    # -- reading whole posts ------------------------------------------------------------------------

    def many(self, ids: Iterable[int]) -> dict[int, Post]:
        """Posts in any state by id; those that do not exist are left out."""
        found = {}
        for some in portions(ids):
            for row in self._db.execute(select(posts).where(posts.c.id.in_(some))):
                found[row.id] = post_from_row(row)
        return found

    def visible_after(self, post_id: int, limit: int) -> list[Post]:
        """Visible posts with a higher id, by id: how a rebuild walks through all."""
        query = (
            select(posts)
            .where(posts.c.state == "visible", posts.c.id > post_id)
            .order_by(posts.c.id)
            .limit(limit)
        )
        return [post_from_row(row) for row in self._db.execute(query)]

    def visible_ids(self) -> set[int]:
        return set(self._db.execute(select(posts.c.id).where(posts.c.state == "visible")).scalars())

    def versions(self, post_id: int) -> tuple[Version, ...]:
        """Earlier readings, newest first."""
        query = (
            select(post_versions)
            .where(post_versions.c.post_id == post_id)
            .order_by(post_versions.c.version.desc())
        )
        return tuple(
            Version(row.version, row.title, SafeHtml(row.body), row.recorded_at)
            for row in self._db.execute(query)
        )

    def ids_of_site(self, site_id: int) -> list[int]:
        return list(self._db.execute(select(posts.c.id).where(posts.c.site_id == site_id)).scalars())

    def move_site(self, site_id: int, before: str, place: Place) -> None:
        """The site belongs to another village than ``before``: so do its posts, but not what it passes on
        from elsewhere."""
        own = (posts.c.site_id == site_id) & (posts.c.village == before) & (posts.c.origin == "")
        self._db.execute(update(posts).where(own).values(**_place(place)))

    def count(self) -> int:
        return self._db.execute(select(func.count()).select_from(posts)).scalar_one()


def table_sizes(connection: Connection) -> Mapping[str, int]:
    """Rows per table: what a backup and its restore are compared by."""
    return {
        str(table.name): connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in metadata.sorted_tables
    }
