"""Works out which posts tell one story.

Fresh posts are compared with those that share a mark; what the matcher calls the same is put together with
the whole stories that it touches, and these posts are placed one after another in the order in which they
appeared: each joins the first group most of whose first posts tell the same, or begins its own. A story is so
the same whatever the order in which its posts came in, and a vague excerpt does not chain two notices
together.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from hub.errors import HubError
from hub.spec.stories import StoryMatcher, Telling
from hub.store import Transaction
from hub.store.stories import Teller

log = logging.getLogger(__name__)

#: A mark that more posts bear says nothing: a site's own boilerplate.
CROWD = 2000
#: Marks that a post may have.
MOST_MARKS = 64
#: Other posts and stories that a post is compared with, those first with which it shares the rarest marks;
#: and posts of one story.
COMPARED, COMPARED_IN_STORY = 8, 3
#: Of a group, so many of its first posts are asked whether another tells the same.
ASKED = 5


class MatcherCalls(Protocol):
    """What is needed of ``hub.plugins``."""

    @property
    def all_matchers(self) -> Mapping[str, StoryMatcher]: ...

    def works(self, what: str) -> bool: ...

    def isolated(self, what: str) -> AbstractContextManager[None]: ...


class Asking:
    """One matcher, asked so that its failures cost only the grouping."""

    def __init__(self, matcher: StoryMatcher, plugins: MatcherCalls) -> None:
        self._matcher, self._plugins = matcher, plugins
        self.name = matcher.name
        self._what = f"story matcher {matcher.name}"
        self._answers: dict[tuple[int, int], bool] = {}

    def marks(self, teller: Teller) -> frozenset[int] | None:
        """None where the matcher failed, or gave what cannot be kept."""
        try:
            with self._plugins.isolated(self._what):
                marks = frozenset(self._matcher.marks(_telling(teller)))
                if len(marks) > MOST_MARKS or any(not -(2**63) <= mark < 2**63 for mark in marks):
                    raise ValueError(f"up to {MOST_MARKS} marks of 64 bits are taken")
                return marks
        except HubError as error:
            log.warning("post %d is not compared with others: %s", teller.id, error)
            return None

    def same(self, one: Teller, other: Teller) -> bool:
        """False where the matcher failed."""
        first, second = sorted((one, other), key=lambda each: each.id)
        pair = (first.id, second.id)
        if pair not in self._answers:
            try:
                with self._plugins.isolated(self._what):
                    self._answers[pair] = bool(self._matcher.same(_telling(first), _telling(second)))
            except HubError as error:
                log.warning("posts %d and %d are not compared: %s", *pair, error)
                self._answers[pair] = False
        return self._answers[pair]


class Matching:
    """The stories of fresh posts, worked out from what the store holds at one moment."""

    def __init__(
        self, tx: Transaction, asking: Asking, fresh: Sequence[Teller], marks: Mapping[int, frozenset[int]]
    ) -> None:
        self._asking, self._marks = asking, marks
        self._fresh = {teller.id: teller for teller in fresh}
        self._near = self._nearest(tx)
        known = tx.stories.tellers({each for ids in self._near.values() for each in ids} - marks.keys())
        touched = {each.story for each in (*known, *fresh) if each.story is not None}
        members = tx.stories.of_stories(touched)
        self._tellers = {each.id: each for each in (*known, *members)} | self._fresh

    def stories(self) -> dict[int, int | None]:
        """Post -> its story where that is another one than before."""
        moved: dict[int, int | None] = {}
        for members in self._connected():
            for group in self._placed(members):
                story = min(each.id for each in group) if len(group) > 1 else None
                moved |= {each.id: story for each in group if each.story != story}
        return moved

    # -- who is compared with whom --------------------------------------------------------------------

    def _nearest(self, tx: Transaction) -> dict[int, list[int]]:
        """Fresh post -> the posts to compare it with: a few of each story, those first that share the rarest
        marks, then those nearest in time."""
        bearers = tx.stories.marked({mark for own in self._marks.values() for mark in own}, CROWD)
        for post_id, own in self._marks.items():
            for mark in own:
                if post_id not in bearers.setdefault(mark, []):
                    bearers[mark].append(post_id)
        seen = tx.stories.visible({each for ids in bearers.values() for each in ids} - self._fresh.keys())
        seen |= {each.id: (None, each.at) for each in self._fresh.values()}
        return {post_id: self._chosen(post_id, bearers, seen) for post_id in self._fresh}

    def _chosen(
        self, post_id: int, bearers: Mapping[int, list[int]], seen: Mapping[int, tuple[int | None, datetime]]
    ) -> list[int]:
        shared: defaultdict[int, float] = defaultdict(float)
        for mark in self._marks[post_id]:
            for other in bearers[mark]:
                if other != post_id and other in seen:
                    shared[other] += 1 / len(bearers[mark])
        at = self._fresh[post_id].at
        order = sorted(shared, key=lambda other: (-shared[other], abs(seen[other][1] - at), other))
        chosen: dict[int, list[int]] = {}
        for other in order:
            story = seen[other][0] or other
            if story in chosen or len(chosen) < COMPARED:
                chosen.setdefault(story, []).append(other)
        return [other for ids in chosen.values() for other in ids[:COMPARED_IN_STORY]]

    # -- what belongs together ------------------------------------------------------------------------

    def _connected(self) -> list[list[Teller]]:
        """The posts that hang together: through a fresh post that tells the same, or by their old story."""
        joined = _Joined()
        for post_id, teller in self._fresh.items():
            joined.add(post_id)
            if teller.story is not None:
                joined.add(-teller.story)
            for other in self._near[post_id]:
                if other in self._tellers and self._asking.same(teller, self._tellers[other]):
                    joined.join(post_id, self._node(self._tellers[other]))
        groups: defaultdict[int, list[Teller]] = defaultdict(list)
        for teller in self._tellers.values():
            node = self._node(teller)
            if node in joined:
                groups[joined.root(node)].append(teller)
        return list(groups.values())

    def _node(self, teller: Teller) -> int:
        """A fresh post and one that is alone stand for themselves, others for their whole story."""
        if teller.id in self._fresh or teller.story is None:
            return teller.id
        return -teller.story

    def _placed(self, members: list[Teller]) -> list[list[Teller]]:
        """The stories among posts that hang together."""
        members.sort(key=lambda each: (each.at, each.digest, each.id))
        groups: list[list[Teller]] = []
        kept: dict[int, list[Teller]] = {}
        placing = False
        for teller in members:
            # what came before the first fresh post was placed like this when it came in
            placing = placing or teller.id in self._fresh
            home = None if placing or teller.story is None else kept.get(teller.story)
            if placing:
                home = next((group for group in groups if self._belongs(teller, group)), None)
            if home is None:
                home = []
                groups.append(home)
                if not placing and teller.story is not None:
                    kept[teller.story] = home
            home.append(teller)
        return groups

    def _belongs(self, teller: Teller, group: Sequence[Teller]) -> bool:
        asked = group[:ASKED]
        return 2 * sum(self._asking.same(teller, each) for each in asked) > len(asked)


class _Joined:
    """Disjoint sets of numbers."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def __contains__(self, node: int) -> bool:
        return node in self._above

    def add(self, node: int) -> None:
        self._above.setdefault(node, node)

    def root(self, node: int) -> int:
        while self._above[node] != node:
            node = self._above[node]
        return node

    def join(self, one: int, other: int) -> None:
        self.add(one)
        self.add(other)
        self._above[self.root(one)] = self.root(other)


def _telling(teller: Teller) -> Telling:
    return Telling(teller.title, teller.text, teller.at)
