"""Searching as residents do: a hub full of news, a real server, and every query another.

The news are recombined from sentences of real ones; one post in seven is carried by several KIM. Queries are
words, phrases and whole sentences of the posts, some narrowed, so that no page is ever in the cache.
"""

from __future__ import annotations

import json
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlencode
from urllib.request import urlopen

from hub.app import Hub
from hub.model import Entry
from hub.services.keeping import at_home
from hub.services.registering import Added
from hub.text.analyse import stop_words, words
from hub.text.drafting import to_draft

#: Share of posts that tell what another post tells already, and posts that share such a story.
CARRIED, CARRIERS = 0.15, 3
#: Asked before times count: code is loaded, files are opened.
WARMING = 20

#: Run by a separate interpreter: asks each path of its input over one connection, prints milliseconds.
CLIENT = """
import json, socket, sys, time
where = sys.argv[1].removeprefix("http://")
host, port = where.split(":")
s = socket.create_connection((host, int(port)))
f = s.makefile("rb")
times = []
for path in json.load(sys.stdin):
    began = time.perf_counter()
    head = f"GET {path} HTTP/1.1\\r\\nHost: {where}\\r\\n"
    s.sendall(f"{head}Accept-Encoding: br, gzip\\r\\n\\r\\n".encode())
    status, length = f.readline(), 0
    assert b" 200 " in status, (status, path)
    while (line := f.readline()) != b"\\r\\n":
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    f.read(length)
    times.append((time.perf_counter() - began) * 1000)
print(json.dumps(times))
"""


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds."""

    p50: float
    p95: float


class Corpus:
    """Real news, and others made of them. The same every time."""

    def __init__(self, path: Path) -> None:
        self._news = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        texts = [str(each.get("body") or each.get("text") or "") for each in self._news]
        parts = (part for text in texts for part in _sentences(text))
        self._sentences = [part for part in parts if 40 < len(part) < 400]
        self._chance = random.Random(7602)

    def entry(self, link: str, hub: Hub, number: int) -> tuple[int, Entry]:
        """A post that was never written, of a hub with ``number`` of them, and the story that it tells with
        others (0: it is alone)."""
        chance, story, later = self._chance, 0, 0
        if chance.random() < CARRIED:
            story, later = chance.randint(1, max(1, int(number * CARRIED / CARRIERS))), chance.randint(0, 72)
            chance = random.Random(story)
        when = hub.now() - timedelta(hours=chance.randint(73, 20_000) - later)
        body = "".join(f"<p>{' '.join(chance.choices(self._sentences, k=4))}</p>" for _ in range(4))
        news = chance.choice(self._news)
        title, topic = str(news.get("title") or ""), str(news.get("category") or "")
        topics = (topic,) if topic else ()
        return story, Entry(link, link, title, body, published=when, topics=topics)


class Residents:
    """What people look for who know that it was written somewhere: words of posts of the hub. The same every
    time."""

    def __init__(self, hub: Hub, posts: int = 400) -> None:
        self._chance = random.Random(2026)
        with hub.store.read() as tx:
            ids = sorted(tx.posts.visible_ids())
            found = tx.posts.many(set(self._chance.sample(ids, k=min(posts, len(ids))))).values()
        self._posts = [
            ([sentence for sentence in map(_heavy, _sentences(post.text)) if len(sentence) > 2],
             hub.gazetteer.kecamatan_of(post.village).code)
            for post in sorted(found, key=lambda each: each.id)
        ]  # fmt: skip

    def searches(self, number: int) -> list[str]:
        """Addresses of search pages, no two alike; some look on in the kecamatan of a post, or one page
        further."""
        return self._different(number, self._search)

    def slips(self, number: int) -> list[str]:
        """Addresses of searches for one word with a slip of the pen."""
        return self._different(number, self._slip)

    def beginnings(self, number: int) -> list[str]:
        """Addresses of suggestions, for words half typed."""
        return self._different(number, self._beginning)

    def _different(self, number: int, make: Callable[[], str]) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < number:
            found[make()] = None
        return list(found)

    def _search(self) -> str:
        chance = self._chance
        heavy, kecamatan = self._sentence()
        kind = chance.random()
        asked = {"q": chance.choice(heavy)}
        if kind < 0.1:
            asked["page"] = "2"
        elif 0.4 < kind < 0.8:
            asked["q"] = " ".join(chance.sample(heavy, k=min(len(heavy), chance.randint(2, 3))))
        elif kind > 0.8:
            asked["q"] = f'"{heavy[0]}" {heavy[-1]}' if kind < 0.9 else " ".join(heavy)
        if chance.random() < 0.2:
            asked["kecamatan"] = kecamatan
        return f"/cari?{urlencode(asked)}"

    def _slip(self) -> str:
        word = max(self._sentence()[0], key=len)
        at = self._chance.randint(1, len(word) - 2)
        return f"/cari?q={quote(word[:at] + word[at + 1] + word[at] + word[at + 2 :])}"

    def _beginning(self) -> str:
        word = self._chance.choice(self._sentence()[0])
        return f"/cari/saran?q={quote(word[: self._chance.randint(2, 5)])}"

    def _sentence(self) -> tuple[list[str], str]:
        """Some words that mean something, as they follow each other in a post, and its kecamatan."""
        while True:
            sentences, kecamatan = self._chance.choice(self._posts)
            if sentences:
                return self._chance.choice(sentences), kecamatan


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+", text)


def _heavy(sentence: str) -> list[str]:
    return [word for word in words(sentence) if word not in stop_words() and len(word) > 2][:6]


def fill(hub: Hub, number: int, corpus: Corpus) -> None:
    """That many posts, straight into the store, with the stories that some of them share."""
    added = [
        hub.registering.add_site(f"KIM {place.name}", f"https://{n}.example/", place.code, probe=False)
        for n, place in enumerate(hub.gazetteer.villages)
    ]
    told: dict[int, list[int]] = {}
    for each in added:
        links = [f"{each.site.url}{at}" for at in range(-(-number // len(added)))]
        stories, entries = zip(*(corpus.entry(link, hub, number) for link in links), strict=True)
        for story, id_ in zip(stories, store(hub, each, entries), strict=True):
            told.setdefault(story, []).append(id_)
    told.pop(0, None)
    with hub.store.write() as tx:
        tx.stories.put({id_: min(ids) for ids in told.values() if len(ids) > 1 for id_ in ids})


def store(hub: Hub, added: Added, entries: Sequence[Entry], *, tell: bool = False) -> list[int]:
    """Their ids. ``tell``: the index is told that they came."""
    site, now = added.site, hub.now()
    place_of = at_home(site, hub.gazetteer, hub.gazetteer.kecamatan_of)
    zone = hub.settings.zone
    drafts = [(to_draft(each, site_url=site.url, zone=zone, now=now, engine="nh3"), "") for each in entries]
    with hub.store.write() as tx:
        ids = tx.posts.insert(site, added.sources[0].id, place_of, now, drafts)
        if tell:
            tx.changes.append(ids)
    return ids


def ask(base: str, paths: Sequence[str]) -> Times:
    """How long each takes by a client in a process of its own, one after the other."""
    command = [sys.executable, "-c", CLIENT, base]
    done = subprocess.run(command, input=json.dumps(paths), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    times = sorted(json.loads(done.stdout)[WARMING:])
    return Times(statistics.median(times), times[int(len(times) * 0.95)])


def seconds_until_seen(hub: Hub, base: str, turns: int = 5) -> float:
    """The longest of some turns from a post's being stored to its being found by a search and on the front
    page. The schedule must be running."""
    place = hub.gazetteer.villages[0]
    added = hub.registering.add_site("KIM Kabar Cepat", "https://cepat.example/", place.code, probe=False)
    longest = 0.0
    for turn in range(turns):
        word = f"kabarcepat{'abcdefgh'[turn]}"
        link, when = f"{added.site.url}{turn}", hub.now()
        store(
            hub,
            added,
            [Entry(link, link, f"Lomba {word}", "<p>Warga senang.</p>", published=when)],
            tell=True,
        )
        stored = time.perf_counter()
        for path in ("/", f"/cari?q={word}"):
            while f"Lomba {word}".encode() not in _marked(_get(base + path)):
                assert time.perf_counter() - stored < 30, f"{path} never shows it"
                time.sleep(0.02)
        longest = max(longest, time.perf_counter() - stored)
    return longest


def _get(url: str) -> bytes:
    with urlopen(url, timeout=30) as answer:
        content: bytes = answer.read()
    return content


def _marked(page: bytes) -> bytes:
    """A page without its marks."""
    return page.replace(b"<mark>", b"").replace(b"</mark>", b"")
