"""Feeds as the platforms of the district write them, quirks included (DOMAIN lists them)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape

from hub.testing.district.texts import WITA

_DAYS = ("Sen", "Sel", "Rab", "Kam", "Jum'at", "Sab", "Min")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nop", "Des")


@dataclass(frozen=True, slots=True)
class Channel:
    """What a feed says about itself."""

    title: str
    home: str
    url: str
    description: str


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One item ready to be written: absolute links, HTML content, plain summary."""

    id: str
    link: str
    title: str
    author: str
    topics: tuple[str, ...]
    published: datetime
    modified: datetime
    html: str
    summary: str
    image: str = ""
    image_type: str = "image/jpeg"


def rfc822(moment: datetime) -> str:
    return format_datetime(moment.astimezone(WITA))


def iso(moment: datetime) -> str:
    return moment.astimezone(WITA).isoformat(timespec="seconds")


def indonesian(moment: datetime) -> str:
    """ "Sen, 05 Agu 2024 09:00:00 WITA": what home-made systems print into pubDate."""
    local = moment.astimezone(WITA)
    return f"{_DAYS[local.weekday()]}, {local:%d} {_MONTHS[local.month - 1]} {local:%Y %H:%M:%S} WITA"


def cdata(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def newest(items: Sequence[FeedItem]) -> datetime | None:
    """When the feed last changed; the moment of the newest change, so the same feed is the same bytes."""
    return max((item.modified for item in items), default=None)


def wordpress_rss(channel: Channel, items: Sequence[FeedItem], *, full: bool = True) -> bytes:
    """RSS 2.0 of WordPress: content:encoded beside an excerpt, numeric guid. ``full=False`` is the
    setting "for each post, include: excerpt"."""
    changed = newest(items)
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"\n'
        '\txmlns:content="http://purl.org/rss/1.0/modules/content/"\n'
        '\txmlns:wfw="http://wellformedweb.org/CommentAPI/"\n'
        '\txmlns:dc="http://purl.org/dc/elements/1.1/"\n'
        '\txmlns:atom="http://www.w3.org/2005/Atom"\n'
        '\txmlns:sy="http://purl.org/rss/1.0/modules/syndication/"\n'
        '\txmlns:slash="http://purl.org/rss/1.0/modules/slash/">\n'
        f"<channel>\n\t<title>{escape(channel.title)}</title>\n"
        f'\t<atom:link href="{channel.url}" rel="self" type="application/rss+xml" />\n'
        f"\t<link>{channel.home}</link>\n\t<description>{escape(channel.description)}</description>\n"
        + (f"\t<lastBuildDate>{rfc822(changed)}</lastBuildDate>\n" if changed else "")
        + "\t<language>id-ID</language>\n"
        "\t<sy:updatePeriod>hourly</sy:updatePeriod>\n\t<sy:updateFrequency>1</sy:updateFrequency>\n"
        "\t<generator>https://wordpress.org/?v=6.6.2</generator>\n"
    ]
    for item in items:
        topics = "".join(f"\t\t<category>{cdata(topic)}</category>\n" for topic in item.topics)
        link = escape(item.link)
        credit = f'<p>The post <a href="{link}">{escape(item.title)}</a> first appeared on ' \
            f'<a href="{channel.home}">{escape(channel.title)}</a>.</p>'  # fmt: skip
        body = f"\t\t<content:encoded>{cdata(item.html + credit)}</content:encoded>\n" if full else ""
        parts.append(
            f"\t<item>\n\t\t<title>{escape(item.title)}</title>\n\t\t<link>{link}</link>\n"
            f"\t\t<dc:creator>{cdata(item.author)}</dc:creator>\n"
            f"\t\t<pubDate>{rfc822(item.published)}</pubDate>\n{topics}"
            f'\t\t<guid isPermaLink="false">{escape(item.id)}</guid>\n'
            f"\t\t<description>{cdata(f'<p>{escape(item.summary)} [&hellip;]</p>{credit}')}</description>\n"
            f"{body}\t\t<slash:comments>0</slash:comments>\n\t</item>\n"
        )
    return ("".join(parts) + "</channel>\n</rss>\n").encode()


def plain_rss(channel: Channel, items: Sequence[FeedItem], *, local_dates: bool = False) -> bytes:
    """RSS 2.0 of a home-made system: HTML in the description, the picture as enclosure."""
    date = indonesian if local_dates else rfc822
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0">\n<channel>\n'
        f"<title>{escape(channel.title)}</title>\n<link>{channel.home}</link>\n"
        f"<description>{escape(channel.description)}</description>\n<language>id</language>\n"
    ]
    for item in items:
        picture = (
            f'<enclosure url="{escape(item.image)}" type="{item.image_type}" length="0"/>\n'
            if item.image
            else ""
        )
        topics = "".join(f"<category>{escape(topic)}</category>\n" for topic in item.topics)
        parts.append(
            f"<item>\n<title>{escape(item.title)}</title>\n<link>{escape(item.link)}</link>\n"
            f'<guid isPermaLink="true">{escape(item.id)}</guid>\n<pubDate>{date(item.published)}</pubDate>\n'
            f"<author>redaksi@kim.example ({escape(item.author)})</author>\n{topics}{picture}"
            f"<description>{escape(item.html)}</description>\n</item>\n"
        )
    return ("".join(parts) + "</channel>\n</rss>\n").encode()


def opensid_rss(channel: Channel, items: Sequence[FeedItem]) -> bytes:
    """RSS of OpenSID's feed view: no XML declaration, a bare ``&`` in the channel title, the description
    HTML-escaped inside CDATA and cut by bytes, pictures relative to the root, the URL as guid."""
    parts = [
        '<rss version="2.0"\n'
        '    xmlns:content="http://purl.org/rss/1.0/modules/content/"\n'
        '    xmlns:dc="http://purl.org/dc/elements/1.1/"\n'
        '    xmlns:atom="http://www.w3.org/2005/Atom">\n'
        f"    <channel>\n        <title>{channel.title}</title>\n        <link>{channel.home}</link>\n"
        f'        <atom:link href="{channel.url}" rel="self" type="application/rss+xml" />\n'
        f"        <description>{channel.description}</description>\n        <dc:language>id</dc:language>\n"
    ]
    for item in items:
        cut = escape(item.summary).encode()[:300].decode(errors="ignore")
        picture = f'<img src="{item.image}" />' if item.image else ""
        category = item.topics[0] if item.topics else "Berita Desa"
        parts.append(
            f"            <item>\n                <title>{escape(item.title)}</title>\n"
            f"                <link>{item.link}</link>\n                <guid>{item.id}</guid>\n"
            f"                <pubDate>{rfc822(item.published)}</pubDate>\n"
            f"                <category>{cdata(category)}</category>\n"
            "                <description>\n                    <![CDATA[\n"
            f"                            {picture}\n                        {escape(cut)} [...]\n"
            "                    ]]>\n                </description>\n"
            f"                <content:encoded>\n                    {cdata(item.html)}\n"
            "                </content:encoded>\n"
            f"                <dc:creator>{escape(item.author)}</dc:creator>\n            </item>\n"
        )
    return ("".join(parts) + "    </channel>\n</rss>\n").encode()


def atom(channel: Channel, items: Sequence[FeedItem], *, generator: str, feed_id: str) -> bytes:
    """Atom 1.0 (RFC 4287), content as escaped HTML."""
    changed = newest(items)
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:media="http://search.yahoo.com/mrss/" xml:lang="id">\n'
        f'<title type="text">{escape(channel.title)}</title>\n'
        f'<subtitle type="text">{escape(channel.description)}</subtitle>\n'
        f'<id>{escape(feed_id)}</id>\n<link rel="self" type="application/atom+xml" '
        f'href="{escape(channel.url)}"/>\n<link rel="alternate" type="text/html" href="{channel.home}"/>\n'
        + (f"<updated>{iso(changed)}</updated>\n" if changed else "")
        + f"<generator>{escape(generator)}</generator>\n"
    ]
    for item in items:
        topics = "".join(f'<category term="{escape(topic)}"/>\n' for topic in item.topics)
        picture = f'<media:thumbnail url="{escape(item.image)}"/>\n' if item.image else ""
        parts.append(
            f'<entry>\n<id>{escape(item.id)}</id>\n<title type="text">{escape(item.title)}</title>\n'
            f'<link rel="alternate" type="text/html" href="{escape(item.link)}"/>\n'
            f"<published>{iso(item.published)}</published>\n<updated>{iso(item.modified)}</updated>\n"
            f"<author><name>{escape(item.author)}</name></author>\n{topics}{picture}"
            f'<content type="html">{escape(item.html)}</content>\n</entry>\n'
        )
    return ("".join(parts) + "</feed>\n").encode()


def json_feed(channel: Channel, items: Sequence[FeedItem]) -> bytes:
    """JSON Feed 1.1."""
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": channel.title,
            "home_page_url": channel.home,
            "feed_url": channel.url,
            "description": channel.description,
            "language": "id",
            "items": [_json_item(item) for item in items],
        },
        ensure_ascii=False,
        indent=1,
    ).encode()


def _json_item(item: FeedItem) -> dict[str, object]:
    entry: dict[str, object] = {
        "id": item.id,
        "url": item.link,
        "title": item.title,
        "content_html": item.html,
        "summary": item.summary,
        "date_published": iso(item.published),
        "date_modified": iso(item.modified),
        "authors": [{"name": item.author}],
        "tags": list(item.topics),
    }
    if item.image:
        entry["image"] = item.image
    return entry
