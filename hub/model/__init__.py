"""The vocabulary of the hub: frozen values, standard library only."""

from hub.model.change import Change
from hub.model.entry import Batch, Enclosure, Entry, Image, Missing, Oddity, ParsedFeed
from hub.model.person import Person
from hub.model.post import (
    Card,
    Draft,
    Facet,
    Filters,
    Post,
    SafeHtml,
    SearchPage,
    SiteRef,
    Topic,
    Verdict,
    Version,
)
from hub.model.region import Region
from hub.model.search import Document, Hit, Hits, IndexStatus, Query, Term
from hub.model.source import Cursor, Harvest, Proposal, Site, Source
from hub.model.view import (
    Home,
    Numbers,
    Place,
    PlaceCount,
    PostPage,
    Readiness,
    SearchRequest,
    SiteHealth,
    TopicView,
)

__all__ = [
    "Batch",
    "Card",
    "Change",
    "Cursor",
    "Document",
    "Draft",
    "Enclosure",
    "Entry",
    "Facet",
    "Filters",
    "Harvest",
    "Hit",
    "Hits",
    "Home",
    "Image",
    "IndexStatus",
    "Missing",
    "Numbers",
    "Oddity",
    "ParsedFeed",
    "Person",
    "Place",
    "PlaceCount",
    "Post",
    "PostPage",
    "Proposal",
    "Query",
    "Readiness",
    "Region",
    "SafeHtml",
    "SearchPage",
    "SearchRequest",
    "Site",
    "SiteHealth",
    "SiteRef",
    "Source",
    "Term",
    "Topic",
    "TopicView",
    "Verdict",
    "Version",
]
