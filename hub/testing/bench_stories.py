"""How well look-alike posts are told, and at what cost.

A pair counts as found when its two posts meet under a mark and the matcher calls them the same: what the hub
does, without its database. The cost is that of the hub's own way, marks, database and comparisons, in a store
that grows to the wanted size.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.app import Hub
from hub.model import Entry
from hub.services.stories import Stories
from hub.spec import StoryMatcher
from hub.testing.bench_search import store
from hub.testing.story_pairs import Pair, Text, mutated

#: Posts that come in at once, and sites that they come from.
PORTION, SITES = 1000, 100
#: Share of posts that copy one of the last hundred.
COPIED, AMONG = 0.15, 100
#: Minutes between two posts: a hundred thousand are of nine months.
APART = 4


@dataclass(frozen=True, slots=True)
class Quality:
    """``pairs`` were looked at; ``missed`` and ``mistaken`` are what went wrong."""

    pairs: int
    precision: float
    recall: float
    missed: tuple[Pair, ...] = ()
    mistaken: tuple[Pair, ...] = ()


def quality(matcher: StoryMatcher, pairs: Sequence[Pair]) -> Quality:
    found = [pair for pair in pairs if _found(matcher, pair)]
    right = sum(pair.same for pair in found)
    told = {id(pair) for pair in found}
    return Quality(
        len(pairs),
        right / len(found) if found else 0.0,
        right / sum(pair.same for pair in pairs),
        tuple(pair for pair in pairs if pair.same and id(pair) not in told),
        tuple(pair for pair in found if not pair.same),
    )


def _found(matcher: StoryMatcher, pair: Pair) -> bool:
    meet = matcher.marks(pair.one) & matcher.marks(pair.other)
    return bool(meet) and matcher.same(pair.one, pair.other)


def cost(hub: Hub, number: int, texts: Sequence[Text]) -> float:
    """Milliseconds of CPU per post, of the last portion of ``number`` posts."""
    places = hub.gazetteer.villages[:SITES]
    sites = [
        hub.registering.add_site(f"KIM {place.name}", f"https://{n}.example/", place.code, probe=False)
        for n, place in enumerate(places)
    ]
    stories, chance, spent = Stories(hub.store, hub.plugins), random.Random(7602), 0.0
    news = _news(hub.now(), number, texts, chance)
    for start in range(0, number, PORTION):
        ids = store(hub, chance.choice(sites), [next(news) for _ in range(min(PORTION, number - start))])
        with hub.store.read() as tx:
            posts = list(tx.posts.many(ids).values())
        began = time.process_time()
        stories.settle(posts, ())
        spent = (time.process_time() - began) * 1000 / len(posts)
    return spent


def _news(now: datetime, number: int, texts: Sequence[Text], chance: random.Random) -> Iterator[Entry]:
    """Recombined from real ones, in the order of their times; some copy a recent one."""
    paragraphs = [part for each in texts for part in each.text.split("\n") if len(part) > 80]
    words = [word for part in paragraphs for word in part.split() if word.islower()]
    recent: list[str] = []
    for each in range(number):
        if recent and chance.random() < COPIED:
            text = mutated(chance.choice(recent), 0.05, words, chance)
        else:
            text = "\n".join(_recombined(paragraphs, chance) for _ in range(5))
            recent = [*recent[1 - AMONG :], text]
        link = f"https://kim.example/{each}"
        html = "".join(f"<p>{part}</p>" for part in text.split("\n"))
        when = now - timedelta(minutes=APART * (number - each))
        yield Entry(link, link, chance.choice(texts).title, html, published=when)


def _recombined(paragraphs: Sequence[str], chance: random.Random) -> str:
    """The beginning of one paragraph and the end of another: hardly two posts share a whole one."""
    one, other = chance.choice(paragraphs).split(), chance.choice(paragraphs).split()
    return " ".join([*one[: len(one) // 2], *other[len(other) // 2 :]])
