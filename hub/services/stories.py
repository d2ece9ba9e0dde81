"""Keeps together what tells one story, on the way into the index."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hashlib import blake2b

from hub.model import Post
from hub.services.matching import CROWD, Asking, MatcherCalls, Matching
from hub.store import Store
from hub.store.stories import Teller


class Stories:
    """Keeps together what tells one story; without a matcher every post stays as it is."""

    def __init__(self, store: Store, plugins: MatcherCalls) -> None:
        self._store, self._plugins = store, plugins

    def settle(self, shown: Sequence[Post], gone: Collection[int]) -> dict[int, int | None]:
        """Find the stories of changed posts. One drainer at a time: the caller holds the index's lease.

        Args:
            shown: changed posts that are visible.
            gone: posts that no longer are.

        Returns:
            post -> its story where that is another one now, None for one that is alone. Those of them that
            are not in ``shown`` wait for the index.
        """
        self._let_go(gone)
        asking = self._asking()
        if asking is None:
            return {}
        with self._store.read() as tx:
            sealed = {post.id: _seal(asking.name, post) for post in shown}
            known = tx.stories.marked(sealed.values(), CROWD)
        fresh = [post for post in shown if post.id not in known.get(sealed[post.id], ())]
        marks = {post.id: found for post in fresh if (found := _marks(asking, post)) is not None}
        fresh = [post for post in fresh if post.id in marks]
        if not fresh:
            return {}
        with self._store.read() as tx:
            matching = Matching(tx, asking, [_teller(post) for post in fresh], marks)
        moved = matching.stories()
        with self._store.write() as tx:
            tx.stories.put_marks({each: own | {sealed[each]} for each, own in marks.items()})
            tx.stories.put(moved)
            tx.changes.append(sorted(moved.keys() - {post.id for post in shown}))
        return moved

    def overlooked(self, limit: int) -> list[int]:
        """Visible posts that no matcher looked at: from before there was one, or it had failed."""
        if self._asking() is None:
            return []
        with self._store.read() as tx:
            return tx.stories.unmarked(limit)

    def _let_go(self, gone: Collection[int]) -> None:
        """What comes back later is looked at anew: its marks go too."""
        if not gone:
            return
        with self._store.write() as tx:
            tx.stories.drop_marks(gone)
            if told := tx.stories.told(gone):
                tx.changes.append(tx.stories.leave(told))
                tx.stories.put(dict.fromkeys(told))

    def _asking(self) -> Asking | None:
        for name, matcher in self._plugins.all_matchers.items():
            return Asking(matcher, self._plugins) if self._plugins.works(f"story matcher {name}") else None
        return None


def _marks(asking: Asking, post: Post) -> frozenset[int] | None:
    """An authority's warnings read alike and hold for other places or hours: each stands for itself."""
    return frozenset() if post.alert else asking.marks(_teller(post))


def _teller(post: Post) -> Teller:
    return Teller(post.id, post.story, post.sort_at, post.digest, post.title, post.text)


def _seal(matcher: str, post: Post) -> int:
    """A mark of this post alone, as it reads: kept with the others it tells that the matcher looked at it."""
    content = f"{matcher}\0{post.id}\0{post.sort_at.isoformat()}\0{post.title}\0{post.text}"
    return int.from_bytes(blake2b(content.encode("utf-8", "replace"), digest_size=8).digest(), signed=True)
