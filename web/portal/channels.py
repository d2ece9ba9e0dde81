"""Where a village's KIM can be read: its site and its accounts, each once and by kind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hub.errors import PluginError
from hub.model import SiteHealth
from web import current
from web.present import host_of


@dataclass(frozen=True, slots=True)
class Channel:
    """A place on the web: what it is in words, and its address."""

    kind: str
    url: str

    @property
    def host(self) -> str:
        return host_of(self.url).removeprefix("www.")


#: Hosts that carry the pages of many, and what people call them.
NETWORKS = {
    "facebook.com": "Facebook",
    "instagram.com": "Instagram",
    "youtube.com": "YouTube",
    "t.me": "Telegram",
    "tiktok.com": "TikTok",
    "bsky.app": "Bluesky",
    "whatsapp.com": "WhatsApp",
}


def channels(sites: Iterable[SiteHealth]) -> tuple[Channel, ...]:
    """The sites themselves, then what else they are read from, in the order of their sources. A KIM that
    writes at the hub itself has no place elsewhere."""
    found: dict[str, Channel] = {}
    own = current.hub().settings.hub.base_url
    for health in sites:
        for url, kind in ((health.site.url, _network(health.site.url)), *_accounts(health)):
            shown = _shown(url)
            if shown and not shown.startswith(own):
                found.setdefault(shown.rstrip("/"), Channel(kind or current.say().t("channel.site"), shown))
    return tuple(found.values())


def _accounts(health: SiteHealth) -> Iterable[tuple[str, str]]:
    """Sources elsewhere than on the site itself."""
    for source in health.sources:
        if _host(source.url) != _host(health.site.url):
            yield source.url, _network(source.url) or _label(source.connector)


def _network(url: str) -> str:
    return NETWORKS.get(_host(url), "")


def _label(connector: str) -> str:
    """A network that has many hosts, by the name of what reads it."""
    try:
        labels = current.hub().plugins.connector(connector).label
    except PluginError:
        return connector
    return labels.get(current.say().lang) or labels.get("id") or connector


def _shown(url: str) -> str:
    """The address for people; empty where there is none. YouTube's feeds say whose they are."""
    if not url.startswith(("https://", "http://")):
        return ""
    feed, _, channel = url.partition("/feeds/videos.xml?channel_id=")
    return f"{feed}/channel/{channel}" if channel else url


def _host(url: str) -> str:
    return host_of(url).removeprefix("www.").removeprefix("m.")
