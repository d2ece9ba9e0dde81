"""Find out what a bare address offers: read it once and ask every connector."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Protocol
from urllib.parse import urlsplit

from hub.errors import FetchError, HubError, ParseError
from hub.model import Proposal
from hub.services.visiting import PluginCalls
from hub.services.watchdog import Leash, Watchdog
from hub.spec.connector import Connector, Context, Link, Probe
from hub.spec.http import Http
from hub.text.page import read_head

#: Proposals of one connector that are looked at.
MOST = 50
_SCHEME = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]*:")


class MorePluginCalls(PluginCalls, Protocol):
    """Probing asks all connectors."""

    @property
    def all_connectors(self) -> Mapping[str, Connector]: ...


@dataclass(frozen=True, slots=True)
class Probing:
    """What an address offers. ``proposals`` are sorted, best first; ``passed_over`` names connectors that
    could not be asked, with the problem."""

    url: str
    title: str
    platform: str
    proposals: tuple[Proposal, ...]
    passed_over: tuple[tuple[str, str], ...] = ()

    def best(self) -> tuple[Proposal, ...]:
        """The best proposal of each stream."""
        chosen: dict[str, Proposal] = {}
        for each in self.proposals:
            chosen.setdefault(each.stream, each)
        return tuple(chosen.values())


def tidy_url(url: str) -> str:
    """An address as people type it, made whole: ``desa.example.id`` gets https.

    Raises:
        FetchError: ``bad_url`` when it is no http(s) address.
    """
    url = url.strip()
    if not _SCHEME.match(url) or re.match(r"^[\w.-]+:\d+(/|$)", url):
        url = "https://" + url.removeprefix("//")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchError("bad_url", f"{url[:200]!r} is no http or https address", permanent=True, url=url)
    return url if parts.path else url + "/"


class Prober:
    """Asks connectors about addresses."""

    def __init__(
        self,
        plugins: MorePluginCalls,
        http: Http,
        watchdog: Watchdog,
        context: Callable[[Leash], Context],
    ) -> None:
        self._plugins, self._http, self._watchdog, self._context = plugins, http, watchdog, context

    def probe(self, url: str) -> Probing:
        """Read ``url`` and ask every connector what it could harvest there.

        Raises:
            FetchError: the address cannot be read.
            ParseError: ``not_a_feed`` when no connector found anything.
        """
        url = tidy_url(url)
        response = self._http.get(url)
        head = read_head(response.body, url=response.url, link_header=response.headers.get("link", ""))
        links = tuple(Link(each.rel, each.url, each.type, each.title) for each in head.links)
        probe = Probe(response.url, response, links, head.generator, head.title)
        proposals: list[Proposal] = []
        passed_over: list[tuple[str, str]] = []
        for name, connector in sorted(self._plugins.all_connectors.items()):
            try:
                proposals += self._watchdog.look(f"connector {name}", partial(self._detect, connector, probe))
            except HubError as error:
                passed_over.append((name, str(error)))
        proposals.sort(key=lambda each: each.rank)
        if not proposals:
            raise ParseError("not_a_feed", f"no feed and no API was found at {response.url}")
        platform = next((each.platform for each in proposals if each.platform), "")
        title = head.title or next((each.title for each in proposals if each.title), "")
        return Probing(response.url, title, platform, tuple(proposals), tuple(passed_over))

    def _detect(self, connector: Connector, probe: Probe, leash: Leash) -> list[Proposal]:
        return list(islice(connector.detect(probe, self._context(leash)), MOST))
