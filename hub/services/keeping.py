"""From entries to posts: what one batch means for the store.

``prepare`` reads and cleans (it costs the time, and holds no lock); ``Portion.store`` writes, inside the
transaction that also moves the cursor. Between the two only the lease on the source is held, which keeps
other processes away from it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo

from hub.model import Batch, Draft, Entry, Region, Site, Source, Topic, Verdict
from hub.store import Kept, Sighting, Transaction
from hub.store.posts import PlaceOf, alert_from_stored
from hub.text.drafting import to_draft
from hub.text.sanitise import Engine

#: Identifiers longer than this are kept as their hash.
MAX_ID = 500
#: An article is passed on while it is news; later its address recalls it, or stands below every message.
_NEWS = timedelta(days=30)
#: An address that more items of one batch pass on stands below all of them and is the story of none.
_MOST_ABOUT = 3

Judge = Callable[[Draft, Source], Verdict]


@dataclass(slots=True)
class Tally:
    """What batches meant, counted; ``renamed`` are posts that came under a new identifier."""

    new: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    quarantined: int = 0
    renamed: int = 0

    def add(self, other: Tally) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, slots=True)
class Desk:
    """What cleaning needs to know of the hub: zone for zoneless dates, sanitiser engine, verdicts."""

    zone: tzinfo
    engine: Engine
    judge: Judge


def short_id(external_id: str) -> str:
    """An external id as stored: itself, or its hash when it is longer than a column should be."""
    if len(external_id) <= MAX_ID and external_id.isprintable():
        return external_id
    return "hash:" + hashlib.blake2b(external_id.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def at_home(site: Site, villages: Container[str], kecamatan_of: Callable[[str], Region]) -> PlaceOf:
    """Where the drafts of ``site`` are from: the village that they name, if it is one of the hub's
    ``villages``, else the site's."""
    home = (site.village, kecamatan_of(site.village).code)

    def place_of(draft: Draft) -> tuple[str, str]:
        if draft.village and draft.village in villages:
            return draft.village, kecamatan_of(draft.village).code
        return home

    return place_of


def prepare(tx: Transaction, desk: Desk, site: Site, source: Source, batch: Batch, now: datetime) -> Portion:
    """Sort a batch's entries into known ones and new or changed ones, and clean the latter."""
    entries = {short_id(entry.id): entry for entry in reversed(batch.entries)}
    known = tx.posts.sightings(source.id, entries)
    portion = Portion(site, source, batch, now)
    for external_id, entry in reversed(entries.items()):
        seen = known.get(external_id)
        if seen is not None and seen.digest == entry.digest and seen.state != "withdrawn":
            portion.unchanged.append(seen)
        else:
            portion.changed.append(_clean(desk, site, source, external_id, entry, now))
    return portion


def _clean(desk: Desk, site: Site, source: Source, external_id: str, entry: Entry, now: datetime) -> _Changed:
    draft = to_draft(entry, site_url=site.url, zone=desk.zone, now=now, engine=desk.engine)
    verdict = desk.judge(draft, source)
    return _Changed(external_id, entry.digest, draft, verdict)


@dataclass(slots=True)
class _Changed:
    external_id: str
    entry_digest: str
    draft: Draft
    verdict: Verdict

    @property
    def keys(self) -> tuple[str, ...]:
        return self.draft.keys

    @property
    def about(self) -> tuple[str, ...]:
        return self.draft.about


#: An item, its keys and the stored post that it is.
_Edit = tuple[_Changed, list[str], int]


@dataclass(slots=True)
class Portion:
    """One batch, cleaned and ready to be stored."""

    site: Site
    source: Source
    batch: Batch
    now: datetime
    unchanged: list[Sighting] = field(default_factory=list)
    changed: list[_Changed] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Nothing to store but the cursor."""
        back = any(seen.missing_at for seen in self.unchanged)
        return not (self.changed or self.batch.missing or back)

    @property
    def known(self) -> int:
        """How many items needed no look at all."""
        return len(self.unchanged) + self.batch.skipped

    def store(self, tx: Transaction, place_of: PlaceOf, tombstone_after: float, stable_ids: bool) -> Tally:
        """Write the portion; the caller moves the cursor in the same transaction.

        Args:
            place_of: where a draft is from, see ``at_home``.
            tombstone_after: seconds between the two sightings that withdraw a missing post.
            stable_ids: False when the source gives out new identifiers at every visit; they are then not
                kept as keys.
        """
        tally = Tally(unchanged=self.known)
        back = [seen.post_id for seen in self.unchanged if seen.missing_at]
        tx.posts.mark_missing(self.source.id, back, None)
        touched = self._store_changed(tx, place_of, stable_ids, tally)
        touched += self._store_missing(tx, tombstone_after, tally)
        tx.changes.append(touched)
        return tally

    # -- new and changed --------------------------------------------------------------------------

    def _store_changed(self, tx: Transaction, place_of: PlaceOf, stable_ids: bool, tally: Tally) -> list[int]:
        if not self.changed:
            return []
        tx.posts.lock_site(self.site.id)
        doubtful = _shared_keys(self.changed)
        usable = [[key for key in each.keys if key not in doubtful] for each in self.changed]
        asked = {key for keys in usable for key in keys}
        asked.update(key for each in self.changed for key in each.about)
        owners = tx.posts.by_keys(self.site.id, asked)
        kept = tx.posts.kept(set(owners.values()))
        shown = tx.posts.shown_as(self.source.id, kept)
        matches = self._match(usable, owners, kept)
        fresh, edits, doubles = _sort_out(self.changed, usable, matches)
        edits, told = _told_before(edits, shown, owners)
        doubles += told

        placed: list[tuple[int, _Changed, list[str]]] = []
        ids = tx.posts.insert(
            self.site,
            self.source.id,
            place_of,
            self.now,
            [(_with_topics(each), each.verdict.quarantine) for each, _ in fresh],
        )
        placed += [(post_id, *pair) for post_id, pair in zip(ids, fresh, strict=True)]
        touched = list(ids)
        tally.new += sum(1 for each, _ in fresh if not each.verdict.quarantine)
        tally.quarantined += sum(1 for each, _ in fresh if each.verdict.quarantine)
        tally.unchanged += doubles

        others = self._other_owners(tx, kept.values())
        for each, keys, post_id in edits:
            if shown.get(post_id, each.external_id) != each.external_id:
                tally.renamed += 1
            old = kept[post_id]
            if _passes_on(each, post_id, owners) and old.source_id not in (None, self.source.id):
                tally.unchanged += 1  # a few words about an article are never put in its place
            elif self._store_edit(tx, old, each, others, place_of, tally):
                touched.append(post_id)
            placed.append((post_id, each, keys))
        tx.posts.put_sightings(
            self.source.id, [(post_id, each.external_id, each.entry_digest) for post_id, each, _ in placed]
        )
        tx.posts.put_keys(
            self.site.id,
            [
                (key, post_id)
                for post_id, _, keys in placed
                for key in keys
                if stable_ids or not key.startswith("id:")
            ],
        )
        return touched

    def _match(
        self, usable: Sequence[list[str]], owners: Mapping[str, int], kept: Mapping[int, Kept]
    ) -> list[int | None]:
        """The stored post of each item: that of its first key which has one, else the article that it passes
        on. Where that is not stored yet, the item gets the article's key, to be found by it."""
        common = Counter(key for each in self.changed for key in {*each.keys, *each.about})
        claimed = {key for keys in usable for key in keys}
        matches: list[int | None] = []
        for each, keys in zip(self.changed, usable, strict=True):
            match = next((owners[key] for key in keys if key in owners), None)
            about = [key for key in each.about if common[key] <= _MOST_ABOUT] if match is None else []
            articles = (kept[owners[key]] for key in about if owners.get(key) in kept)
            match = match or next((old.id for old in articles if self._tells_of(old, each)), None)
            if match is None:
                keys += [key for key in about if key not in owners and key not in claimed]
                claimed.update(keys)
            matches.append(match)
        return matches

    def _tells_of(self, article: Kept, each: _Changed) -> bool:
        """Another source's, and news still."""
        return article.source_id != self.source.id and abs(article.sort_at - each.draft.sort_at) <= _NEWS

    def _other_owners(self, tx: Transaction, kept: Iterable[Kept]) -> set[int]:
        """Sources of the same site that say how their posts read and are alive."""
        if all(old.source_id in (None, self.source.id) for old in kept):
            return set()
        sources = tx.sources.all(self.site.id)
        return {each.id for each in sources if each.state == "active" and each.failures < 3} - {
            self.source.id
        }

    def _store_edit(
        self,
        tx: Transaction,
        old: Kept,
        each: _Changed,
        others: set[int],
        place_of: PlaceOf,
        tally: Tally,
    ) -> bool:
        """Store a known post's new reading; True when anything shown changed."""
        draft = _with_topics(each)
        if old.source_id in others and len(draft.body) < 1.5 * len(old.body):
            tally.unchanged += 1  # another source of the site owns this post and says as much
            return False
        if old.source_id != self.source.id:
            tx.posts.adopt(old.id, self.source.id)
        was_gone = old.state == "withdrawn"
        state = "quarantined" if each.verdict.quarantine else "visible"
        same_text = old.digest == draft.digest
        same_look = str(draft.body) == old.body and draft.title == old.title and _same_images(old, draft)
        same_look &= alert_from_stored(old.alert) == draft.alert and old.noindex == draft.noindex
        if same_text and same_look and not was_gone and state == old.state:
            tally.unchanged += 1
            return False
        tx.posts.edit(
            old,
            draft,
            self.now,
            keep_version=not same_text,
            state=state,
            quarantine=each.verdict.quarantine,
            place=place_of(draft) if draft.village else None,
        )
        if state == "quarantined":
            tally.quarantined += 1
        else:
            tally.updated += 1
        return True

    # -- missing ----------------------------------------------------------------------------------

    def _store_missing(self, tx: Transaction, tombstone_after: float, tally: Tally) -> list[int]:
        """Withdraw what the source states as gone, or did not show twice far enough apart."""
        if not self.batch.missing:
            return []
        certain = {short_id(each.id): each.certain for each in self.batch.missing}
        known = tx.posts.sightings(self.source.id, certain)
        kept = tx.posts.kept(seen.post_id for seen in known.values())
        gone, first_time = [], []
        for external_id, seen in known.items():
            old = kept.get(seen.post_id)
            if old is None or old.state == "withdrawn" or old.source_id != self.source.id:
                continue
            waited = seen.missing_at is not None and self.now - seen.missing_at >= timedelta(
                seconds=tombstone_after
            )
            if certain[external_id] or waited or tombstone_after == 0:
                gone.append(old.id)
            elif seen.missing_at is None:
                first_time.append(old.id)
        tx.posts.mark_missing(self.source.id, first_time, self.now)
        tx.posts.set_state(gone, "withdrawn", self.now)
        tally.deleted += len(gone)
        return gone


def _with_topics(each: _Changed) -> Draft:
    if not each.verdict.topics:
        return each.draft
    topics: dict[str, Topic] = {topic.slug: topic for topic in (*each.draft.topics, *each.verdict.topics)}
    return replace(each.draft, topics=tuple(topics.values()))


def _same_images(old: Kept, draft: Draft) -> bool:
    return [image["url"] for image in old.images] == [image.url for image in draft.images]


def _shared_keys(changed: Sequence[_Changed]) -> set[str]:
    """Keys that several items with different titles claim: a feed whose items all link to one page."""
    titles: dict[str, set[str]] = {}
    for each in changed:
        for key in each.keys:
            titles.setdefault(key, set()).add(each.draft.title)
    counted = Counter(key for each in changed for key in set(each.keys))
    return {key for key, number in counted.items() if number > 1 and len(titles[key]) > 1}


def _passes_on(each: _Changed, post_id: int, owners: Mapping[str, int]) -> bool:
    return any(owners.get(key) == post_id for key in each.about)


def _told_before(
    edits: Sequence[_Edit], shown: Mapping[int, str], owners: Mapping[str, int]
) -> tuple[list[_Edit], int]:
    """``edits`` without those that pass on an article which the source passed on before under another
    identifier, and their number."""
    kept = [
        (each, keys, post_id)
        for each, keys, post_id in edits
        if shown.get(post_id, each.external_id) == each.external_id or not _passes_on(each, post_id, owners)
    ]
    return kept, len(edits) - len(kept)


def _sort_out(
    changed: Sequence[_Changed], usable: Sequence[list[str]], matches: Sequence[int | None]
) -> tuple[list[tuple[_Changed, list[str]]], list[_Edit], int]:
    """New items, edits of stored posts, and the number of doubles within the batch."""
    fresh: list[tuple[_Changed, list[str]]] = []
    edits: list[_Edit] = []
    doubles = 0
    claimed: set[str] = set()
    edited: set[int] = set()
    for each, keys, post_id in zip(changed, usable, matches, strict=True):
        if post_id is not None:
            if post_id in edited:
                doubles += 1
                continue
            edited.add(post_id)
            edits.append((each, keys, post_id))
        elif claimed.intersection(keys):
            doubles += 1
        else:
            claimed.update(keys)
            fresh.append((each, keys))
    return fresh, edits, doubles
