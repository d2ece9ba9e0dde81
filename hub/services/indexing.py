"""Brings the search index up to date with the store: one writer, drained in batches."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from hub.errors import SearchError
from hub.model import Document, Post
from hub.services.lease import new_owner, surely_gone
from hub.services.stories import Stories
from hub.spec.search import SearchBackend
from hub.store import Store
from hub.text.analyse import Analyser
from hub.text.regions import Gazetteer

log = logging.getLogger(__name__)

#: Posts per commit of the index, and per step of a rebuild.
BATCH = 1000
LEASE = "index"
LEASE_SECONDS = 60.0
#: Posts that are looked at once more, at a time, for what tells the same.
OVERLOOKED = 20_000
#: How long a drain waits for another process that is draining.
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class IndexReport:
    """The index beside the store: documents and visible posts, and changes that wait."""

    documents: int
    posts: int
    pending: int
    healthy: bool
    problem: str
    backend: str


class Indexing:
    """Feeds one search backend.

    Args:
        name: of the backend, for reports.
        zone: of the hub, for the month facet.
    """

    def __init__(
        self,
        store: Store,
        backend: SearchBackend,
        analyser: Analyser,
        gazetteer: Gazetteer,
        stories: Stories,
        *,
        name: str,
        zone: tzinfo,
        now: Callable[[], datetime],
    ) -> None:
        self._store, self.backend, self._analyser, self._gazetteer = store, backend, analyser, gazetteer
        self._stories = stories
        self._name, self._zone, self._now = name, zone, now
        self._owner = new_owner()
        self._one_at_a_time = threading.Lock()

    # -- draining ---------------------------------------------------------------------------------

    def drain(self) -> int:
        """Take in all waiting changes; returns how many posts were taken in.

        Another process that is draining is waited for: when this returns, what was stored before the
        call can be found, unless that takes longer than half a minute.

        Raises:
            SearchError: the index refused; the changes stay and are tried again.
        """
        with self._one_at_a_time:
            patient_until = time.monotonic() + PATIENCE
            while True:
                if not self._pending() or time.monotonic() > patient_until:
                    return 0
                if self._take_lease():
                    break
                time.sleep(0.05)
            taken = 0
            try:
                while portion := self._drain_once():
                    taken += portion
            finally:
                self._drop_lease()
            return taken

    def _drain_once(self) -> int:
        with self._store.read() as tx:
            changes = tx.changes.waiting(BATCH)
            posts = tx.posts.many({each.post_id for each in changes})
            names = {site.id: site.name for site in tx.sites.all()} if changes else {}
        if not changes:
            return 0
        self._take_lease()
        shown = [post for post in posts.values() if post.state == "visible"]
        gone = {each.post_id for each in changes} - {post.id for post in shown}
        moved = self._stories.settle(shown, gone)
        self._take_lease()
        told = (replace(post, story=moved[post.id]) if post.id in moved else post for post in shown)
        documents = [self.document(post, names.get(post.site_id, "")) for post in told]
        self.backend.write(documents, gone)
        with self._store.write() as tx:
            tx.changes.done(changes)
            tx.changes.drained(self._name)
            tx.changes.advance()
        return len(documents) + len(gone)

    def document(self, post: Post, site_name: str) -> Document:
        """A post as the index takes it in."""
        kecamatan = self._gazetteer.kecamatan_of(post.village)
        village = self._gazetteer.get(post.village)
        tokens = self._analyser.tokens
        return Document(
            id=post.id,
            title=tokens(post.title),
            body=tokens(post.text),
            place=tokens(f"{village.name} {kecamatan.name} {site_name}"),
            village=village.code,
            kecamatan=kecamatan.code,
            site=post.site_id,
            topics=tuple(topic.slug for topic in post.topics),
            month=post.sort_at.astimezone(self._zone).strftime("%Y-%m"),
            sort_at=int(post.sort_at.timestamp()),
            group=post.story or 0,
        )

    # -- making anew --------------------------------------------------------------------------------

    def rebuild(self, on_progress: Callable[[int, int], None] | None = None) -> int:
        """Make the index anew beside the old one and swap it in; returns the number of documents.

        Changes that come meanwhile stay in their table and are drained afterwards: applying them twice
        does no harm.

        Args:
            on_progress: told documents done and documents in all.

        Raises:
            SearchError: another process holds the index, or the disk did not take it.
        """
        with self._one_at_a_time:
            if not self._take_lease():
                raise SearchError("another process is writing the index; try again in a minute")
            try:
                with self._store.read() as tx:
                    total = len(tx.posts.visible_ids())
                    names = {site.id: site.name for site in tx.sites.all()}
                done, last = 0, 0
                with self.backend.rebuild() as add:
                    while True:
                        with self._store.read() as tx:
                            posts = tx.posts.visible_after(last, BATCH)
                        if not posts:
                            break
                        add([self.document(post, names.get(post.site_id, "")) for post in posts])
                        last, done = posts[-1].id, done + len(posts)
                        self._take_lease()
                        if on_progress is not None:
                            on_progress(done, total)
                with self._store.write() as tx:
                    tx.changes.caught_up(self._name)
                    tx.changes.advance()
                while self._drain_once():
                    pass
                return done
            finally:
                self._drop_lease()

    def mend(self) -> str:
        """Compare the index with the store and put right what differs; returns what was done, in words
        for the log, or an empty string."""
        status = self.status()
        if not status.healthy:
            return f"index made anew ({status.problem}): {self.rebuild()} documents"
        with self._store.read() as tx:
            if tx.changes.pending():
                return ""
            shown = tx.posts.visible_ids()
        differ, overlooked = self.backend.ids() ^ shown, self._stories.overlooked(OVERLOOKED)
        if not differ and not overlooked:
            return ""
        with self._store.write() as tx:
            tx.changes.append(sorted(differ.union(overlooked)))
        self.drain()
        done = {"documents put right": len(differ), "posts compared with others": len(overlooked)}
        return ", ".join(f"{number} {what}" for what, number in done.items() if number)

    def optimise(self) -> None:
        """Nightly: few large segments in place of many small ones."""
        with self._one_at_a_time:
            if self._take_lease():
                try:
                    self.backend.optimise()
                finally:
                    self._drop_lease()

    def status(self) -> IndexReport:
        """An index that another engine was used instead of is not healthy, although its own finds nothing
        wrong: it was never filled, or knows nothing of what changed meanwhile."""
        status = self.backend.status()
        with self._store.read() as tx:
            posts, pending = tx.shelf.states().get("visible", 0), tx.changes.pending()
            behind = tx.changes.behind(self._name)
        problem = status.problem
        if status.healthy and not status.documents and posts > pending:
            problem = f"the {self._name} index is empty beside {posts} posts"
        elif status.healthy and behind:
            problem = f"the {self._name} index was not in use for a while and is out of date"
        return IndexReport(status.documents, posts, pending, not problem, problem, self._name)

    # -- lease --------------------------------------------------------------------------------------

    def _pending(self) -> int:
        with self._store.read() as tx:
            return tx.changes.pending()

    def _take_lease(self) -> bool:
        now = self._now()
        with self._store.write() as tx:
            holder = tx.changes.lease_holder(LEASE)
            if holder is not None and surely_gone(holder):
                tx.changes.drop_lease(LEASE, holder)
            return tx.changes.take_lease(LEASE, self._owner, now, now + timedelta(seconds=LEASE_SECONDS))

    def _drop_lease(self) -> None:
        with self._store.write() as tx:
            tx.changes.drop_lease(LEASE, self._owner)
