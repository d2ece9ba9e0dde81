"""A message of a social network, and how messages become posts.

A connector reads what its network sends into :class:`Message`; from there on all networks are alike: an
author's replies to themselves are one text with what they reply to, the first sentence is the title, the
shared link is what the post is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from hub.model import Enclosure, Entry, Image
from hub.spec.social import article_in, join_thread, text_of, title_of, topics_of

_Thing = TypeVar("_Thing")


@dataclass(frozen=True, slots=True)
class Message:
    """One message as its network gives it.

    Args:
        id: stable over edits; becomes the entry's.
        html: its text as HTML, for showing; ``text`` its words alone, taken from ``html`` where empty.
        title: a heading of its own (a content warning, an article's name), else empty.
        links: addresses that it passes on, the network's own card first.
        topics: hashtags that the network lists beside the text; those in the text are found anyway.
        parent: id of the message of the same author that it goes on from, else empty.
        author: of a message that is passed on, its author; else may be empty.
    """

    id: str
    link: str = ""
    html: str = ""
    text: str = ""
    title: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    author: str = ""
    language: str = ""
    links: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    aliases: tuple[str, ...] = ()
    parent: str = ""

    @property
    def words(self) -> str:
        return self.text or text_of(self.html)


#: A message with its author's replies to it, first to last.
Thread = tuple[Message, ...]


def threads_of(messages: Iterable[Message]) -> tuple[Thread, ...]:
    """``messages`` (newest first; of two with one id the first counts) sorted into threads, the one with the
    newest message first.

    A thread whose first message has a ``parent`` goes on from something that is not among ``messages``.
    """
    found: dict[str, Message] = {}
    for each in messages:
        found.setdefault(each.id, each)
    groups: dict[str, list[Message]] = {}
    for each in found.values():
        groups.setdefault(_root(each, found), []).append(each)
    return tuple(_in_order(root, group) for root, group in groups.items())


def _root(message: Message, found: dict[str, Message]) -> str:
    """Id of the first message of the thread, as far as it is at hand."""
    seen = {message.id}
    while message.parent in found and message.parent not in seen:
        message = found[message.parent]
        seen.add(message.id)
    return message.id


def _in_order(root: str, group: list[Message]) -> Thread:
    oldest_first = group[::-1]
    return (
        *(each for each in oldest_first if each.id == root),
        *(each for each in oldest_first if each.id != root),
    )


def entry_of(thread: Sequence[Message], own: Sequence[str] = ()) -> Entry | None:
    """A thread as one entry; None where nothing is said or shown in it.

    Args:
        own: hosts of the network itself: a link to them is no article.
    """
    first = thread[0]
    words = "\n".join(each.words for each in thread)
    images = _each_once(image for each in thread for image in each.images)
    enclosures = _each_once(file for each in thread for file in each.enclosures)
    title = first.title or title_of(words) or next((title_of(image.alt) for image in images if image.alt), "")
    if not (title or images or enclosures):
        return None
    topics = {topic.lower().replace(" ", ""): topic for topic in _given(thread)}
    topics |= {topic.lower().replace(" ", ""): topic for topic in topics_of(words)}
    changes = [moment for each in thread for moment in (each.updated, each.published) if moment]
    changed = first.updated if len(thread) == 1 else max(changes, default=None)
    return Entry(
        id=first.id,
        link=first.link,
        title=title,
        html=join_thread([each.html for each in thread]),
        author=first.author,
        published=first.published,
        updated=changed,
        topics=tuple(topics.values()),
        images=images,
        enclosures=enclosures,
        language=first.language,
        aliases=_each_once([*first.aliases, *(each.id for each in thread[1:])]),
        about=article_in((link for each in thread for link in each.links), own),
    )


def _given(thread: Sequence[Message]) -> tuple[str, ...]:
    return tuple(topic for each in thread for topic in each.topics if topic.strip())


def _each_once(things: Iterable[_Thing]) -> tuple[_Thing, ...]:
    return tuple(dict.fromkeys(things))
