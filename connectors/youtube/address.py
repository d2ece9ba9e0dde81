"""From any address of a channel or a playlist to its feed."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from hub.spec import Context, FetchError, get_page

FEED = "https://www.youtube.com/feeds/videos.xml"
#: YouTube's WebSub hub. Its feeds do not name it.
PUSH_HUB = "https://pubsubhubbub.appspot.com/"
HOSTS = ("youtube.com", "www.youtube.com", "m.youtube.com")

_CHANNEL = re.compile(r"UC[\w-]{22}", re.ASCII)
_PLAYLIST = re.compile(r"[\w-]{10,64}", re.ASCII)
#: Where the page of a channel names it: ``rel=canonical``, its feed, ``itemprop``, and its data.
_NAMED = (
    re.compile(rb"<link[^>]{1,300}?/channel/(UC[\w-]{22})"),
    re.compile(rb"videos\.xml\?channel_id=(UC[\w-]{22})"),
    re.compile(rb"<meta[^>]{1,100}?\"(?:channelId|identifier)\"[^>]{1,50}?\"(UC[\w-]{22})\""),
    re.compile(rb"\"externalId\"\s*:\s*\"(UC[\w-]{22})\""),
)


def is_youtube(url: str) -> bool:
    return (urlsplit(url).hostname or "").lower() in HOSTS


def feed_of(url: str) -> str:
    """The feed that an address names by itself (``/channel/UC...``, ``?list=``, a feed), else empty."""
    parts = urlsplit(url)
    if not is_youtube(url):
        return ""
    query = parse_qs(parts.query)
    channel = query.get("channel_id", [""])[0]
    if parts.path.startswith("/channel/"):
        channel = parts.path.split("/")[2]
    playlist = query.get("playlist_id", query.get("list", [""]))[0]
    if _PLAYLIST.fullmatch(playlist):
        return f"{FEED}?playlist_id={playlist}"
    return channel_feed(channel) if _CHANNEL.fullmatch(channel) else ""


def channel_feed(channel: str) -> str:
    return f"{FEED}?channel_id={channel}"


def channel_in(page: bytes) -> str:
    """The channel whose page this is (``/@kimtaan``, ``/c/...``, ``/user/...``), else empty."""
    return next((found[1].decode() for each in _NAMED if (found := each.search(page))), "")


def find_feed(url: str, ctx: Context) -> str:
    """The feed for an address, looked up on its page where it must be.

    Raises:
        FetchError: ``bad_url``: no channel there. RemoteError: the page cannot be read.
    """
    named = feed_of(url)
    if named:
        return named
    if not is_youtube(url):
        raise FetchError("bad_url", f"{url[:200]} is no address at YouTube", permanent=True, url=url)
    channel = channel_in(get_page(ctx.http, url).body)
    if not channel:
        detail = "no channel is named on the page; give the address youtube.com/channel/UC..."
        raise FetchError("bad_url", detail, url=url)
    return channel_feed(channel)
