"""What the doctor sees of connectors and sites in the database: alarms of canaries, sources that a plugin
fails, sites that shut us out.

A fuse is blown in the process that harvests; the doctor is another. What a connector costs its sources is
in the database, so both see the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.errors import HubError
from hub.model import Canary, Site, Source
from hub.services.alarm_mail import numbers
from hub.store import Store
from hub.text.words import say


@dataclass(frozen=True, slots=True)
class Complaint:
    """One connector that is not well."""

    part: str
    message: str
    cure: str


def complaints(store: Store) -> list[Complaint]:
    """Never raises: that the database does not answer is said elsewhere."""
    try:
        with store.read() as tx:
            alarms = tx.canaries.all(alarmed=True)
            sources = [each for each in tx.sources.all() if each.state == "active"]
            unwelcome = [each for each in tx.sites.all() if each.unwelcome and each.status == "active"]
    except HubError:
        return []
    failing = _failing([each for each in sources if each.reason == "plugin"])
    return [*map(_alarm, alarms), *failing, *map(_unwelcome, unwelcome)]


def _alarm(canary: Canary) -> Complaint:
    site = f"source {canary.source_id}"
    message = say(f"canary.{canary.alarm}", "en", connector=canary.connector, site=site, **numbers(canary))
    cure = f"look: kimhub source check {canary.source_id}; then write to whoever made the connector"
    return Complaint(f"canary {canary.connector}", message, cure)


def _unwelcome(site: Site) -> Complaint:
    """Consent is what staff registered; that the site says otherwise is for them to clear up."""
    cure = f"ask the KIM; if they do not want to be read: kimhub site remove {site.id}"
    return Complaint(f"site {site.id}", f"{site.name}: robots.txt names kimhub and shuts it out", cure)


def _failing(sources: Sequence[Source]) -> list[Complaint]:
    found: dict[str, list[Source]] = {}
    for each in sources:
        found.setdefault(each.connector, []).append(each)
    return [
        Complaint(
            f"connector {name}",
            f"{len(each)} sources cannot be read because of it: {each[0].problem}",
            "update or remove it; see: kimhub plugins list",
        )
        for name, each in sorted(found.items())
    ]
