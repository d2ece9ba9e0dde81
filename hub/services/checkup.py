"""What the doctor sees of connectors in the database: alarms of canaries, sources that a plugin fails.

A fuse is blown in the process that harvests; the doctor is another. What a connector costs its sources is
in the database, so both see the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.errors import HubError
from hub.model import Canary, Source
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
    except HubError:
        return []
    return [*map(_alarm, alarms), *_failing([each for each in sources if each.reason == "plugin"])]


def _alarm(canary: Canary) -> Complaint:
    site = f"source {canary.source_id}"
    message = say(f"canary.{canary.alarm}", "en", connector=canary.connector, site=site, **numbers(canary))
    cure = f"look: kimhub source check {canary.source_id}; then write to whoever made the connector"
    return Complaint(f"canary {canary.connector}", message, cure)


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
