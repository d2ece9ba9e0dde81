"""Rehearsals: a sample WordPress site stands in for each village's, so that nothing reaches anybody.

The sample sites are real HTTP servers on loopback addresses, one for each real site. What stands on them is
kept in the data folder, for delivering and verifying may be done by different processes: whichever comes
first serves a site, and the others find it at its address.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from hub.errors import FetchError, RemoteError
from hub.http import HttpClient
from hub.model import Target
from hub.spec.http import Http, Response, Validators

if TYPE_CHECKING:
    from hub.testing.district import Village, VillageSite
    from hub.testing.district.servers import Servers

#: First two bytes of the sample sites' addresses; not those of ``kimhub demo``.
NETWORK: Final = "127.77."


class Rehearsal:
    """The sample district; a :class:`hub.services.handing.RehearsalRoom`. Safe to use from many threads.
    Nothing is opened before the first ``target_for``.

    Args:
        folder: keeps port, seed of passwords, and the sites' posts.
        village_of: site number -> village code, so that the sample site resembles it.
        user_agent: says who we are.
        now: the hub's clock, aware UTC.
    """

    def __init__(
        self,
        folder: Path,
        village_of: Callable[[int], str],
        user_agent: str,
        now: Callable[[], datetime],
    ) -> None:
        self._folder, self._village_of, self._now = folder, village_of, now
        self._sites: dict[int, VillageSite] = {}
        self._served: set[int] = set()
        self._memories: dict[int, dict[str, tuple[str, str]]] = {}
        self._servers: Servers | None = None
        self._settings: dict[str, Any] = {}
        self._lock = threading.RLock()
        self._client = HttpClient(
            user_agent=user_agent,
            allow_private=(f"{NETWORK}0.0/16",),
            host_delay=0.0,
            host_concurrency=8,
        )
        self.http: Http = _Inside(self._client)

    def target_for(self, site_id: int) -> Target:
        """The sample site that stands in for a real one, always the same.

        Raises:
            RemoteError: this machine does not let us open it.
        """
        with self._lock:
            site = self._site(site_id)
        return Target(
            id=0,
            site_id=site_id,
            publisher="wordpress",
            url=site.url,
            user=site.user,
            password=site.password,
            has_password=True,
        )

    def memory_for(self, site_id: int) -> dict[str, tuple[str, str]]:
        """What was uploaded to the sample site: hash -> (number, address)."""
        return self._memories.setdefault(site_id, {})

    def copies(self, mark: str) -> dict[int, int]:
        """Site number -> how many posts with ``mark`` stand on its sample site, where there are any."""
        counts = {site_id: site.copies(mark) for site_id, site in self._sites.items()}
        return {site_id: count for site_id, count in counts.items() if count}

    def close(self) -> None:
        """Close the sample sites; their posts are kept."""
        with self._lock:
            if self._servers is not None:
                self._servers.stop()
                self._servers = None
            self._sites.clear()
            self._served.clear()
        self._client.close()

    # -- the sites --------------------------------------------------------------------------------

    def _site(self, site_id: int) -> VillageSite:
        """The sample site, served by us unless another process does; that one may have ended since the last
        time, so this is tried again each time.

        Raises:
            RemoteError
        """
        from hub.testing.district import shelf
        from hub.testing.district.servers import listen

        address = f"{NETWORK}{site_id // 250 % 250}.{site_id % 250 + 1}"
        try:
            settings = self._read_settings(address)
            site = self._sites.get(site_id) or self._build(site_id, address, settings)
            if site_id not in self._served:
                try:
                    listener = listen(address, settings["port"])
                except OSError:
                    self.http.get(site.rest_url)  # whoever is there must be a site
                else:
                    assert site.desk is not None, "a WordPress site has a desk"
                    shelf.keep(site.desk, self._folder / f"site-{site_id}.json")
                    self._serving().add(listener, site.handle)
                    self._served.add(site_id)
        except OSError as error:
            detail = f"the sample site for site {site_id} cannot be opened: {error.strerror or error}"
            raise RemoteError("unreachable", detail) from error
        return site

    def _build(self, site_id: int, address: str, settings: Mapping[str, Any]) -> VillageSite:
        from hub.testing.district import VillageSite
        from hub.testing.district.platforms import PLATFORMS

        site = VillageSite(
            _stand_in(self._village_of(site_id), site_id),
            PLATFORMS["wordpress"],
            f"http://{address}:{settings['port']}/",
            self._now,
            seed=f"{settings['seed']} {site_id}",
        )
        self._sites[site_id] = site
        return site

    def _serving(self) -> Servers:
        from hub.testing.district.servers import Servers

        if self._servers is None:
            self._servers = Servers([])
            self._servers.start()
        return self._servers

    def _read_settings(self, address: str) -> dict[str, Any]:
        """Port and seed, made once. Raises OSError."""
        if not self._settings:
            path = self._folder / "room.json"
            if not path.exists():
                from hub.testing.district.servers import listen

                self._folder.mkdir(parents=True, exist_ok=True)
                with listen(address, 0) as free:
                    port = free.getsockname()[1]
                path.touch(mode=0o600)
                path.write_text(json.dumps({"port": port, "seed": secrets.token_hex(16)}), "utf-8")
            self._settings = json.loads(path.read_text("utf-8"))
        return self._settings


class _Inside:
    """Asks the sample sites and nobody else: whatever a rehearsed publisher is told, the way out is shut.

    Redirects need no look of their own: the sample sites send nobody elsewhere.
    """

    def __init__(self, http: Http) -> None:
        self._http = http

    def get(
        self,
        url: str,
        *,
        since: Validators | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        accept: str = "",
        max_bytes: int | None = None,
        ok_only: bool = True,
    ) -> Response:
        _must_be_inside(url)
        return self._http.get(
            url, since=since, headers=headers, auth=auth, accept=accept, max_bytes=max_bytes, ok_only=ok_only
        )

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        max_bytes: int | None = None,
        ok_only: bool = True,
    ) -> Response:
        _must_be_inside(url)
        return self._http.request(
            method, url, body=body, headers=headers, auth=auth, max_bytes=max_bytes, ok_only=ok_only
        )


def _must_be_inside(url: str) -> None:
    host = urlsplit(url).hostname or ""
    parts = host.split(".")
    if not (host.startswith(NETWORK) and len(parts) == 4 and all(part.isdigit() for part in parts)):
        raise FetchError("blocked_address", "a rehearsal asks sample sites only", permanent=True, url=url)


def _stand_in(code: str, site_id: int) -> Village:
    """A sample village: the same one where the sample district has it, healthy, with WordPress."""
    from hub.testing.district import VILLAGES

    same = next((each for each in VILLAGES if each.code == code), VILLAGES[site_id % len(VILLAGES)])
    return replace(same, platform="wordpress", trouble="ok", quirks=frozenset())
