"""What the pages, feeds and commands are made from: the answers of ``Hub.reading``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from hub.model.post import Card, Carrier, Facet, Filters, Post, Topic, Version
from hub.model.region import Region
from hub.model.source import Site, Source


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One search as a resident asks it. ``q`` is in the query language; empty lists the newest posts.

    ``page`` counts from 1; ``cursor`` (opaque, from ``SearchPage.next``) wins over it. ``sort`` is
    ``relevance`` or ``newest``; without words it is always newest. ``cut`` reads a query that is too long
    as far as the limits go (``SearchPage.notice`` then says ``too_long``) where it would be refused.
    ``exact`` looks for the words as typed, though they look like slips.
    """

    q: str = ""
    filters: Filters = Filters()
    sort: str = "relevance"
    page: int = 1
    limit: int = 20
    cursor: str | None = None
    facets: bool = True
    cut: bool = False
    exact: bool = False


@dataclass(frozen=True, slots=True)
class SiteHealth:
    """A site with its sources and how it fares.

    ``state``: ``ok``, ``trouble`` (``reason`` of ``hub.errors.REASONS``, ``since`` when), ``silent`` (well
    read, but nothing new for 60 days), ``new`` (not yet visited) or ``paused``.
    """

    site: Site
    village: Region
    kecamatan: Region
    sources: tuple[Source, ...]
    posts: int
    last_post_at: datetime | None
    state: str
    reason: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """A region with what it has: visible posts, sites, the newest post's time, and the posts of the last 30
    days."""

    region: Region
    posts: int
    sites: int
    last_post_at: datetime | None = None
    recent: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A village or kecamatan page. ``parent`` is the region above; ``children`` the villages of a
    kecamatan, ``neighbours`` the other villages of the same kecamatan (for a village) or the other
    kecamatan. ``aliases`` are further names people know it by, ``recent`` the posts of the last 30 days."""

    region: Region
    parent: Region
    posts: int
    sites: tuple[SiteHealth, ...]
    children: tuple[PlaceCount, ...] = ()
    neighbours: tuple[PlaceCount, ...] = ()
    aliases: tuple[str, ...] = ()
    recent: int = 0


@dataclass(frozen=True, slots=True)
class Numbers:
    """The district in numbers; ``today`` counts stories that appeared since midnight of the hub's zone."""

    posts: int
    today: int
    sites: int
    villages: int
    villages_with_site: int
    last_change_at: datetime | None


@dataclass(frozen=True, slots=True)
class Home:
    """The front page: the lead story, the newest after it, then a few of each kecamatan that has news,
    most recently active first; cards do not repeat."""

    lead: Card | None
    newest: tuple[Card, ...]
    by_kecamatan: tuple[tuple[Region, tuple[Card, ...]], ...]
    topics: tuple[Facet, ...]
    places: tuple[PlaceCount, ...]
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class PostPage:
    """One post with what surrounds it. ``versions`` are earlier readings, newest first. ``more`` are
    other posts of the same village, else kecamatan. ``also_at`` as in Card; ``first_at`` is the site that
    told the story first, None where that is the post's own."""

    post: Post
    card: Card
    site: Site
    village: Region
    kecamatan: Region
    versions: tuple[Version, ...] = ()
    more: tuple[Card, ...] = ()
    also_at: tuple[Carrier, ...] = ()
    first_at: Carrier | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """A post in its present state, for another hub. ``external_id`` is what its source calls it."""

    post: Post
    card: Card
    external_id: str


@dataclass(frozen=True, slots=True)
class Headline:
    """A post as a news search engine wants it. ``language`` is empty where the site does not say."""

    id: int
    title: str
    at: datetime
    language: str = ""


@dataclass(frozen=True, slots=True)
class TopicView:
    """A subject with its number of visible posts."""

    topic: Topic
    posts: int


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the parts work: name -> (fine, one line)."""

    parts: dict[str, tuple[bool, str]] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        return all(fine for fine, _ in self.parts.values())


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the doctor looked at. ``cure`` is empty where nothing is to be done."""

    part: str
    fine: bool
    message: str
    cure: str = ""
