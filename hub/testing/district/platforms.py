"""The publishing systems of the district: addresses, markup and manners of each."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from hub.testing.district import consent, render, wordpress, wordpress_json, wordpress_write
from hub.testing.district.render import Channel, FeedItem
from hub.testing.district.servers import Reply, Request, redirect
from hub.testing.district.texts import WITA, Item, Picture, to_html

if TYPE_CHECKING:
    from hub.testing.district.site import VillageSite

FEED_ITEMS = 10
RSS = "application/rss+xml; charset=UTF-8"
ATOM = "application/atom+xml; charset=UTF-8"


class Platform(ABC):
    """A publishing system; one object serves all sites of its kind."""

    name = ""
    generator = ""
    feed_type = RSS
    feed_at = ""
    upload_at = "/gambar"
    picture_kind = "jpg"
    validators = True
    compresses = True

    def feed_path(self, site: VillageSite) -> str:
        return self.feed_at

    def rest_path(self, site: VillageSite) -> str:
        """Path of the WordPress REST root, empty without one."""
        return ""

    @abstractmethod
    def path(self, site: VillageSite, item: Item) -> str:
        """Path of an item's page."""

    def item_id(self, site: VillageSite, item: Item) -> str:
        """The identifier in the feed."""
        return site.link(item)

    @abstractmethod
    def feed(self, site: VillageSite, items: list[FeedItem]) -> bytes:
        """The feed document of ``items``."""

    def page_headers(self, site: VillageSite, item: Item | None = None) -> dict[str, str]:
        """Extra headers of an HTML page."""
        return {}

    def head(self, site: VillageSite, item: Item | None = None) -> str:
        """Extra elements of an HTML page's head."""
        kind = self.feed_type.partition(";")[0]
        href = site.base.rstrip("/") + self.feed_path(site)
        return f'<link rel="alternate" type="{kind}" title="{escape(site.name)}" href="{escape(href)}">'

    def is_feed(self, site: VillageSite, request: Request) -> bool:
        return request.path.rstrip("/") == self.feed_path(site).rstrip("/")

    def respond(self, site: VillageSite, request: Request) -> Reply | None:
        """What is not an ordinary page: feeds and interfaces."""
        return self.feed_reply(site, site.items[:FEED_ITEMS]) if self.is_feed(site, request) else None

    def serve(self, site: VillageSite, request: Request) -> Reply | None:
        """What answers to more than reading: programming interfaces and the pages behind the door."""
        return None

    def find(self, site: VillageSite, request: Request) -> Item | None:
        """The item whose page was asked for."""
        asked = request.path.rstrip("/")
        return next((item for item in site.items if self.path(site, item).rstrip("/") == asked), None)

    def feed_reply(self, site: VillageSite, items: tuple[Item, ...]) -> Reply:
        body = self.feed(site, [self.feed_item(site, item) for item in items])
        etag = f'"{hashlib.md5(body).hexdigest()}"' if self.validators else ""
        return Reply(
            body,
            type=self.feed_type,
            etag=etag,
            modified=site.changed if self.validators else None,
            gzip=self.compresses,
        )

    def feed_item(self, site: VillageSite, item: Item) -> FeedItem:
        lead = item.lead
        return FeedItem(
            id=self.item_id(site, item),
            link=site.link(item),
            title=item.title,
            author=item.author,
            topics=item.topics,
            published=item.published,
            modified=item.modified,
            html=self.html(site, item),
            summary=" ".join(lead.split()[:55]),
            image=self.image_url(site, item),
            image_type={"jpg": "image/jpeg"}.get(self.picture_kind, f"image/{self.picture_kind}"),
        )

    def html(self, site: VillageSite, item: Item) -> str:
        """The item's body with its pictures."""
        if item.written is not None:
            return item.written.content
        lead = self.figure(site, item.picture) + "\n\n" if item.picture else ""
        return lead + to_html(item.blocks, lambda picture: self.figure(site, picture))

    def image_url(self, site: VillageSite, item: Item) -> str:
        """The item's own picture, empty without one."""
        media = site.desk.media.get(item.written.media) if site.desk and item.written else None
        if media is not None:
            return site.base.rstrip("/") + media.path
        return self.picture_url(site, item.picture) if item.picture else ""

    def picture_url(self, site: VillageSite, picture: Picture, size: str = "") -> str:
        name = f"{picture.scene}-{picture.variant}{size}.{self.picture_kind}"
        return f"{site.base.rstrip('/')}{self.upload_at}/{name}"

    def figure(self, site: VillageSite, picture: Picture) -> str:
        src = escape(self.picture_url(site, picture))
        caption = f"<figcaption>{escape(picture.caption)}</figcaption>" if picture.caption else ""
        image = f'<img src="{src}" alt="{escape(picture.alt)}" width="1000" height="625">'
        return f"<figure>{image}{caption}</figure>"

    def channel(self, site: VillageSite) -> Channel:
        return Channel(
            title=site.name,
            home=site.base,
            url=site.base.rstrip("/") + self.feed_path(site),
            description=f"Kabar {site.village.title}, Kecamatan {site.village.kecamatan}, Kabupaten Mamuju",
        )


class PlainSite(Platform):
    """A home-made site with RSS 2.0; some print Indonesian dates, some tag their links with ``utm_``."""

    name, feed_at = "rss", "/rss.xml"
    generator = "Situs Desa 2.1"

    def path(self, site: VillageSite, item: Item) -> str:
        return f"/berita/{item.slug}.html"

    def feed_item(self, site: VillageSite, item: Item) -> FeedItem:
        entry = super().feed_item(site, item)
        if "utm" in site.village.quirks:
            entry = replace(entry, link=f"{entry.link}?utm_source=rss&utm_medium=feed&utm_campaign=berita")
        return entry

    def feed(self, site: VillageSite, items: list[FeedItem]) -> bytes:
        return render.plain_rss(
            self.channel(site), items, local_dates="indonesian_dates" in site.village.quirks
        )


class AtomSite(Platform):
    """A static site with an Atom feed and Last-Modified only."""

    name, feed_at, feed_type = "atom", "/atom.xml", ATOM
    generator, picture_kind = "Hugo 0.136.2", "webp"

    def path(self, site: VillageSite, item: Item) -> str:
        return f"/artikel/{item.published.astimezone(WITA):%Y}/{item.slug}/"

    def item_id(self, site: VillageSite, item: Item) -> str:
        host = site.base.split("/")[2].partition(":")[0]
        return f"tag:{host},{item.published.astimezone(WITA):%Y-%m-%d}:{item.id}"

    def feed(self, site: VillageSite, items: list[FeedItem]) -> bytes:
        return render.atom(self.channel(site), items, generator="Hugo", feed_id=site.base)

    def feed_reply(self, site: VillageSite, items: tuple[Item, ...]) -> Reply:
        return replace(super().feed_reply(site, items), etag="")


class JsonSite(Platform):
    """A small modern site with JSON Feed 1.1 and PNG pictures."""

    name, feed_at, feed_type = "jsonfeed", "/feed.json", "application/feed+json; charset=utf-8"
    generator, picture_kind, upload_at = "Eleventy v3.0.0", "png", "/media"

    def path(self, site: VillageSite, item: Item) -> str:
        return f"/posts/{item.slug}/"

    def feed(self, site: VillageSite, items: list[FeedItem]) -> bytes:
        return render.json_feed(self.channel(site), items)


class HtmlSite(Platform):
    """A hand-made site: the feed lies where only the page's link tells."""

    name, feed_at = "html", "/umpan/kabar-desa.xml"
    generator = ""

    def path(self, site: VillageSite, item: Item) -> str:
        return f"/kabar/{item.id}/{item.slug}"

    def feed(self, site: VillageSite, items: list[FeedItem]) -> bytes:
        return render.plain_rss(self.channel(site), items)

    def head(self, site: VillageSite, item: Item | None = None) -> str:
        return f'<link rel="alternate" type="application/rss+xml" title="Kabar" href="{self.feed_at}">'


class Blogger(Platform):
    """Blogspot: Atom by default, RSS by ``?alt=rss``, weak ETags."""

    name, feed_at, feed_type = "blogger", "/feeds/posts/default", ATOM
    generator, picture_kind, upload_at = "blogger", "webp", "/img/b/R29vZ2xl"

    def path(self, site: VillageSite, item: Item) -> str:
        return f"/{item.published.astimezone(WITA):%Y/%m}/{item.slug}.html"

    def item_id(self, site: VillageSite, item: Item) -> str:
        return f"tag:blogger.com,1999:blog-{_number(site.code)}.post-{_number(site.code, item.id)}"

    def feed(self, site: VillageSite, items: list[FeedItem]) -> bytes:
        blog = f"tag:blogger.com,1999:blog-{_number(site.code)}"
        return render.atom(self.channel(site), items, generator="Blogger", feed_id=blog)

    def feed_reply(self, site: VillageSite, items: tuple[Item, ...]) -> Reply:
        reply = super().feed_reply(site, items)
        return replace(reply, etag=f"W/{reply.etag}")

    def respond(self, site: VillageSite, request: Request) -> Reply | None:
        if not self.is_feed(site, request):
            return None
        if request.query.get("alt") != "rss":
            return self.feed_reply(site, site.items[:FEED_ITEMS])
        items = [self.feed_item(site, item) for item in site.items[:FEED_ITEMS]]
        return Reply(render.plain_rss(self.channel(site), items), type=RSS, gzip=True)

    def head(self, site: VillageSite, item: Item | None = None) -> str:
        url = site.base.rstrip("/") + self.feed_at
        title = escape(site.name)
        return (
            f'<link rel="alternate" type="application/atom+xml" title="{title} - Atom" href="{url}">\n'
            f'<link rel="alternate" type="application/rss+xml" title="{title} - RSS" href="{url}?alt=rss">'
        )


class OpenSid(Platform):
    """OpenSID: no validators, a session cookie on every answer, articles under ``index.php``. With the
    quirk ``index_php`` the rewrites fail and the short feed addresses do not exist."""

    name, feed_at = "opensid", "/feed"
    feed_type = "application/rss+xml; charset=utf-8"
    generator, upload_at = "OpenSID 2410.0.1", "/desa/upload/artikel"
    validators, compresses = False, False

    def feed_path(self, site: VillageSite) -> str:
        return "/index.php/feed" if "index_php" in site.village.quirks else "/feed"

    def is_feed(self, site: VillageSite, request: Request) -> bool:
        paths = {"/index.php/feed"}
        if "index_php" not in site.village.quirks:
            paths |= {"/feed", "/feed.xml"}
        return request.path.rstrip("/") in paths

    def path(self, site: VillageSite, item: Item) -> str:
        day = item.published.astimezone(WITA)
        return f"/index.php/artikel/{day.year}/{day.month}/{day.day}/{item.slug}"

    def feed(self, site: VillageSite, items: list[FeedItem]) -> bytes:
        return render.opensid_rss(self.channel(site), items)

    def channel(self, site: VillageSite) -> Channel:
        channel = super().channel(site)
        return replace(channel, title=f"{site.village.title} & {site.name}")

    def figure(self, site: VillageSite, picture: Picture) -> str:
        name = f"{self.upload_at}/{picture.scene}-{picture.variant}.jpg"
        caption = f"<p><em>{escape(picture.caption)}</em></p>" if picture.caption else ""
        return f'<p><img src="{name}" alt="{escape(picture.alt)}"></p>{caption}'

    def page_headers(self, site: VillageSite, item: Item | None = None) -> dict[str, str]:
        return {"Set-Cookie": "ci_session=0; path=/; HttpOnly", "Cache-Control": "no-store"}


class WordPress(Platform):
    """WordPress: REST and RSS. Quirks: ``rest_closed`` (a security plugin), ``rest_plain`` (plain
    permalinks: only ``?rest_route=`` and ``?p=``), ``summary_only``, ``shortcodes``."""

    name, feed_at = "wordpress", "/feed/"
    generator, upload_at = "WordPress 6.6.2", "/wp-content/uploads/berita"

    def feed_path(self, site: VillageSite) -> str:
        return "/?feed=rss2" if "rest_plain" in site.village.quirks else "/feed/"

    def rest_path(self, site: VillageSite) -> str:
        quirks = site.village.quirks
        if "rest_closed" in quirks or site.trouble == "moved":
            return ""
        return "/?rest_route=/" if "rest_plain" in quirks else "/wp-json/"

    def path(self, site: VillageSite, item: Item) -> str:
        if "rest_plain" in site.village.quirks:
            return f"/?p={item.id}"
        return f"/{item.published.astimezone(WITA):%Y/%m/%d}/{item.slug}/"

    def item_id(self, site: VillageSite, item: Item) -> str:
        return f"{site.base}?p={item.id}"

    def is_feed(self, site: VillageSite, request: Request) -> bool:
        plain_feed = request.path == "/" and request.query.get("feed") == "rss2"
        return plain_feed or ("rest_plain" not in site.village.quirks and request.path.rstrip("/") == "/feed")

    def feed(self, site: VillageSite, items: list[FeedItem]) -> bytes:
        full = "summary_only" not in site.village.quirks
        return render.wordpress_rss(self.channel(site), items, full=full)

    def serve(self, site: VillageSite, request: Request) -> Reply | None:
        desk = site.desk
        assert desk is not None, "a WordPress site has a desk"
        desk.publish_due()
        route = wordpress.route_of(site, request)
        if route is not None:
            return wordpress_write.answer(site, route, request)
        if request.path == wordpress.AUTHORIZE:
            return consent.answer(site, desk, request)
        media = desk.file(request.path) if request.method in ("GET", "HEAD") else None
        return Reply(media.content, type=media.type) if media is not None else None

    def respond(self, site: VillageSite, request: Request) -> Reply | None:
        if self.is_feed(site, request):
            start = (_page(request) - 1) * FEED_ITEMS
            reply = self.feed_reply(site, site.items[start : start + FEED_ITEMS])
            return replace(reply, status=404) if start >= max(len(site.items), 1) else reply
        if request.path.rstrip("/") == "/comments/feed":
            return Reply(render.wordpress_rss(self.channel(site), []), type=RSS)
        item = self.find(site, request) if "p" in request.query else None
        if item is not None and "rest_plain" not in site.village.quirks:
            return redirect(site.link(item))
        return None

    def find(self, site: VillageSite, request: Request) -> Item | None:
        if "p" in request.query:
            return next((item for item in site.items if str(item.id) == request.query["p"]), None)
        return super().find(site, request)

    def figure(self, site: VillageSite, picture: Picture) -> str:
        src, medium = self.picture_url(site, picture), self.picture_url(site, picture, "-300x188")
        alt, caption = escape(picture.alt), escape(picture.caption)
        image = (
            f'<img loading="lazy" decoding="async" class="size-full wp-image-{picture.variant}" src="{src}" '
            f'alt="{alt}" width="1000" height="625" srcset="{src} 1000w, {medium} 300w" '
            'sizes="(max-width: 1000px) 100vw, 1000px" />'
        )
        if caption and "shortcodes" in site.village.quirks:
            opening = f'[caption id="attachment_{picture.variant}" align="aligncenter" width="1000"]'
            return f"{opening}{image} {caption}[/caption]"
        shown = f'<figcaption class="wp-element-caption">{caption}</figcaption>' if caption else ""
        return f'<figure class="wp-block-image size-large">{image}{shown}</figure>'

    def page_headers(self, site: VillageSite, item: Item | None = None) -> dict[str, str]:
        root = self._root(site)
        links = [f'<{root}>; rel="https://api.w.org/"'] if root else []
        if root and item is not None:
            links.append(
                f'<{root}wp/v2/posts/{item.id}>; rel="alternate"; title="JSON"; type="application/json"'
            )
        return {"Link": ", ".join(links)} if links else {}

    def head(self, site: VillageSite, item: Item | None = None) -> str:
        title, root = escape(site.name), self._root(site)
        home = site.base.rstrip("/")
        lines = [
            f'<link rel="alternate" type="application/rss+xml" title="{title} &raquo; Feed" '
            f'href="{home}{self.feed_path(site)}">',
            f'<link rel="alternate" type="application/rss+xml" title="{title} &raquo; Umpan Komentar" '
            f'href="{home}/comments/feed/">',
        ]
        if root:
            lines.append(f'<link rel="https://api.w.org/" href="{root}">')
            if item is not None:
                post = f"{root}wp/v2/posts/{item.id}"
                lines.append(f'<link rel="alternate" title="JSON" type="application/json" href="{post}">')
        return "\n".join(lines)

    def _root(self, site: VillageSite) -> str:
        """A closed API is still advertised: the plugin refuses the answer, not the link."""
        return wordpress_json.api_root(site)

    def html(self, site: VillageSite, item: Item) -> str:
        """Featured pictures are not part of the content, save where old hands put them there too."""
        if item.written is not None or "shortcodes" in site.village.quirks:
            return super().html(site, item)
        return to_html(item.blocks, lambda picture: self.figure(site, picture))


def _number(*parts: object) -> int:
    """A long number as Blogger uses for its ids, the same every time."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:8], "big")


def _page(request: Request) -> int:
    asked = request.query.get("paged", "1")
    return int(asked) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 6 else 1


PLATFORMS: dict[str, Platform] = {
    each.name: each
    for each in (PlainSite(), AtomSite(), JsonSite(), HtmlSite(), Blogger(), OpenSid(), WordPress())
}
