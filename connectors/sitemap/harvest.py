"""Visits to a site that has nothing but a sitemap: what is new or changed in it, read page by page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from connectors.sitemap.detect import ACCEPT, propose
from connectors.sitemap.parse import Place, Sitemap, is_article, lists_news, newest_first, read_sitemap
from connectors.sitemap.state import State
from hub.spec import (
    Article,
    ArticleVisit,
    Batch,
    Check,
    Context,
    Cursor,
    Entry,
    FetchError,
    Option,
    ParseError,
    Probe,
    Proposal,
    RemoteError,
    Source,
    Validators,
    get_page,
    is_gone,
    is_left_out,
    option,
)

OPTIONS: Final = (
    Option(
        "include",
        "list",
        default=(),
        help={
            "id": "Hanya alamat yang memuat salah satu teks ini, misalnya /berita/ (pisahkan dengan koma).",
            "en": "Only addresses that hold one of these texts, such as /berita/ (separate with commas).",
        },
    ),
    Option(
        "exclude",
        "list",
        default=(),
        help={
            "id": "Alamat yang memuat salah satu teks ini dilewati.",
            "en": "Addresses that hold one of these texts are passed over.",
        },
    ),
    Option(
        "newest",
        "int",
        default=300,
        minimum=1,
        help={
            "id": "Paling banyak sekian alamat terbaru dari peta situs yang dibaca.",
            "en": "At most so many of the sitemap's newest addresses are read.",
        },
    ),
)
#: Sitemaps of an index that are read.
MAX_MAPS: Final = 20
#: Pages with fewer words are a form, a gallery or a notice, no news.
MIN_WORDS: Final = 4


class SitemapConnector:
    """Reads articles off their pages. Costly, and never as exact as a feed: for sites without one."""

    name = "sitemap"
    label: Mapping[str, str] = {"id": "Peta situs (pilihan terakhir)", "en": "Sitemap (last resort)"}
    options = OPTIONS

    def detect(self, probe: Probe, ctx: Context) -> Iterable[Proposal]:
        return propose(probe, ctx)

    def check(self, source: Source, ctx: Context) -> Check:
        """Reads the sitemap, and the newest page that is an article."""
        visit = Visit(source, State(), ctx)
        places = visit.chosen(visit.places())
        for place in places[:3]:
            if (entry := visit.entry(place)) is not None:
                return Check(len(places), entry.title, f"{len(entry.html)} characters of text")
        return Check(
            len(places) if places else 0, detail="no article was found" if places else "no addresses"
        )

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        return Visit(source, State.load(cursor or {}), ctx).run()


class Visit(ArticleVisit[Place, State]):
    """One visit to one source."""

    per_visit = 30

    def __init__(self, source: Source, state: State, ctx: Context) -> None:
        super().__init__(source, state, ctx)
        self.fresh: dict[str, Validators] = {}

    def run(self) -> Iterator[Batch]:
        places = self.chosen(self.places())
        yield from self.articles(places)
        if not self.full and not self.state.tries:  # else they are wanted again as if they were new
            self.state.maps |= self.fresh
        yield self.last_batch()

    # -- sitemaps -------------------------------------------------------------------------------------

    def places(self) -> list[Place]:
        """All addresses of the sitemaps that changed.

        Raises:
            RemoteError: the source's own sitemap cannot be read; of others that is a warning.
        """
        root = self._map(self.source.url)
        if root is not None:
            wanted = [each.url for each in newest_first(root.places) if lists_news(each.url)]
            self.state.below = wanted[:MAX_MAPS] if root.is_index else []
        places = [] if root is None or root.is_index else list(root.places)
        # an index may be the same while a sitemap below it is not: WordPress's own tells no dates
        for url in self.state.below:
            try:
                found = self._map(url)
            except (FetchError, ParseError) as error:
                if error.retry_after:
                    raise
                self.degraded(url, error)
                continue
            places += found.places if found and not found.is_index else ()
        return places

    def _map(self, url: str) -> Sitemap | None:
        """None where nothing changed."""
        since = self.state.maps.pop(url, None)
        response = get_page(self.ctx.http, url, since=since, accept=ACCEPT)
        if url == self.source.url:
            self.moved_to = response.moved_to
        self.fresh[url] = response.validators
        return None if response.unchanged else read_sitemap(response.body, response.url)

    def chosen(self, places: Sequence[Place]) -> list[Place]:
        include, exclude = (tuple(option(self.source, OPTIONS, name)) for name in ("include", "exclude"))
        fit = [each for each in places if is_article(each.url, include, exclude)]
        return newest_first(fit)[: int(option(self.source, OPTIONS, "newest"))]

    # -- pages ----------------------------------------------------------------------------------------

    def known_as(self, listed: Place) -> tuple[str, str]:
        return listed.url, listed.changed

    def without_page(self, listed: Place, error: RemoteError) -> None:
        self.degraded(listed.url, error)
        if is_gone(error):
            self.state.remember(listed.url, listed.changed)
        else:
            self.again(listed)

    def entry(self, listed: Place) -> Entry | None:
        """The page's article; None where it is none, or one that the site itself hides from
        search engines: this connector guesses what is news, and such a page is meant for those who have its
        address.

        Raises:
            FetchError: the page cannot be read.
            ParseError: half of it came.
        """
        if (found := self._article(listed)) is None:
            self.state.remember(listed.url, listed.changed)
            return None
        return self._entry(listed, *found)

    def _article(self, place: Place) -> tuple[Article, str] | None:
        self.fetched += 1
        response = get_page(self.ctx.http, place.url)
        page = response.text()
        if response.content_type not in ("text/html", "application/xhtml+xml", "") or not page.strip():
            return None
        if "</html" not in page[-4096:].lower() and "</body" not in page[-4096:].lower():
            raise ParseError("not_a_feed", "half a page")
        article = self.ctx.read_article(page, url=response.url)
        if is_left_out(response) or not article.title or len(article.html.split()) < MIN_WORDS:
            return None
        return article, response.url

    def _entry(self, place: Place, article: Article, base: str) -> Entry:
        changed = self.ctx.parse_date(place.changed) if place.changed else None
        stated = self.ctx.parse_date(place.published) if place.published else None
        link = _own_address(article.url, place.url)
        return Entry(
            id=place.url,
            link=link,
            title=article.title,
            html=article.html,
            summary=article.summary,
            author=article.author,
            published=article.published or stated or changed,
            updated=article.updated or changed,
            topics=article.topics or place.topics,
            images=article.images,
            language=article.language,
            base=base,
            aliases=(link,) if link != place.url else (),
        )

    def handed(self, ready: Sequence[tuple[Place, Entry]]) -> Batch:
        """Pages with one and the same text are a notice that stands in their place: none is handed over."""
        texts = Counter(entry.html for _, entry in ready)
        kept = []
        for place, entry in ready:
            if texts[entry.html] > 1:
                self.without_page(place, ParseError("not_a_feed", "the same text as another page"))
            else:
                self.state.tries.pop(place.url, None)
                kept.append((place, entry))
        return super().handed(kept)


def _own_address(canonical: str, url: str) -> str:
    """The page's own address for itself, if it can be that: some themes give the site's on every page."""
    ours, theirs = urlsplit(url), urlsplit(canonical)
    fits = theirs.scheme in ("http", "https") and theirs.hostname == ours.hostname and len(theirs.path) > 1
    return canonical if fits else url
