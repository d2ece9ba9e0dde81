"""Items as kept and shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import overload

from hub.model.alert import Alert
from hub.model.entry import Enclosure, Image
from hub.model.region import Region


class SafeHtml(str):
    """HTML that may be shown as it is: templates need no ``|safe``.

    Made by ``hub.text.sanitise`` alone (and by the store reading such HTML back); a test holds that no
    other module calls it.
    """

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)

    @overload
    def __add__(self, other: SafeHtml) -> SafeHtml: ...

    @overload
    def __add__(self, other: str) -> str: ...

    def __add__(self, other: str) -> str:
        """Two safe pieces are safe together, for each closes what it opens."""
        joined = super().__add__(other)
        return type(self)(joined) if isinstance(other, SafeHtml) else joined


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject: ``slug`` for addresses, ``label`` for people."""

    slug: str
    label: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A cleaned item that has not been stored yet: what ``to_post`` makes of an Entry, and what refiners
    look at. ``keys`` are the identities under which the same item may turn up again, ``about`` those of the
    site's own article that it passes on; ``digest`` that of the normalised text. All times aware UTC."""

    external_id: str
    keys: tuple[str, ...]
    entry_digest: str
    digest: str
    link: str
    title: str
    body: SafeHtml
    text: str
    excerpt: str
    author: str
    published: datetime | None
    published_as_given: str
    sort_at: datetime
    date_doubtful: bool
    topics: tuple[Topic, ...] = ()
    images: tuple[Image, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    language: str = ""
    alert: Alert | None = None
    origin: str = ""
    via: tuple[str, ...] = ()
    village: str = ""
    about: tuple[str, ...] = ()
    noindex: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a refiner thinks of a draft. ``quarantine`` is a reason in words, empty to accept; of several
    verdicts the strictest wins. ``topics`` are added."""

    quarantine: str = ""
    topics: tuple[Topic, ...] = ()


@dataclass(frozen=True, slots=True)
class Post:
    """One item as kept and shown.

    ``state`` is ``visible``, ``quarantined`` or ``withdrawn`` (a tombstone: its page answers 410).
    ``sort_at`` is min(published, first seen): a date in the future pins nothing on top;
    ``date_doubtful`` tells that the given date was unusable. ``version`` counts edits from 1. ``origin``
    and ``via`` as in Entry: whose post it is and through which hubs it came, empty for a post of the site.
    ``story`` is the id of the first post that tells the same, None for a post that is alone. ``noindex``: its
    own page asks search engines to leave it out.
    """

    id: int
    site_id: int
    source_id: int | None
    village: str
    link: str
    title: str
    body: SafeHtml
    text: str
    excerpt: str
    author: str
    published: datetime | None
    published_as_given: str
    date_doubtful: bool
    first_seen: datetime
    updated: datetime
    sort_at: datetime
    topics: tuple[Topic, ...] = ()
    images: tuple[Image, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    language: str = ""
    state: str = "visible"
    quarantine: str = ""
    version: int = 1
    digest: str = ""
    alert: Alert | None = None
    origin: str = ""
    via: tuple[str, ...] = ()
    story: int | None = None
    noindex: bool = False


@dataclass(frozen=True, slots=True)
class SiteRef:
    """A site as named on a card."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Carrier(SiteRef):
    """A site that carries a story, with the id of its ``post``."""

    post: int


@dataclass(frozen=True, slots=True)
class Card:
    """A post as it appears in a list. ``excerpt`` is plain text in lists from the database and marked up
    with ``<mark>`` alone in search results. ``also_at`` names the other sites that carry the same story, each
    once, in the order in which they did."""

    id: int
    title: str
    excerpt: SafeHtml | str
    sort_at: datetime
    updated: datetime
    published: datetime | None
    site: SiteRef
    village: Region
    kecamatan: Region
    topics: tuple[Topic, ...]
    image: Image | None
    original_url: str
    author: str = ""
    date_doubtful: bool = False
    also_at: tuple[Carrier, ...] = ()
    minutes: int = 1
    alert: Alert | None = None
    origin: str = ""
    via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facet:
    """One value of a facet with the number of matching posts. ``label`` is for people."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a list of posts: Kemendagri codes, site id, topic slug, and dates.

    ``since`` and ``until`` are aware instants, ``until`` exclusive (a caller turns the resident's last
    day into the next midnight of the hub's zone).
    """

    village: str | None = None
    kecamatan: str | None = None
    site: int | None = None
    topic: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SearchPage:
    """The answer to one search.

    ``total`` counts posts with all words; ``relaxed`` tells that posts with most of them follow.
    ``facets`` has the keys village, kecamatan, site, topic, month. ``suggestion`` is another spelling;
    ``corrected`` tells that this is the answer for it already, as nothing matched what was typed. ``next``
    is an opaque cursor, None on the last page. ``notice`` is a machine word for the page (``too_long``,
    ``index_down``, ``no_words`` for a query without any), empty when all is well. ``filters`` are those in
    force, those that the query itself sets too, and ``plain`` is the query without these.
    """

    query: str
    total: int
    results: tuple[Card, ...]
    relaxed: bool = False
    facets: dict[str, tuple[Facet, ...]] = field(default_factory=dict)
    suggestion: str | None = None
    next: str | None = None
    page: int = 1
    pages: int = 1
    notice: str = ""
    filters: Filters = Filters()
    sort: str = "relevance"
    corrected: bool = False
    plain: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """How a post read before an edit."""

    version: int
    title: str
    body: SafeHtml
    recorded_at: datetime
