"""What each kind of target will get, before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol

from hub.errors import HubError
from hub.model import Announcement, Plan, Preview, Target
from hub.spec.publisher import Publisher
from hub.text.notices import House, to_notice
from hub.text.sanitise import sanitise


class PublisherCalls(Protocol):
    """What the way back needs of ``hub.plugins``."""

    def publisher(self, name: str) -> Publisher: ...

    @property
    def all_publishers(self) -> Mapping[str, Publisher]: ...

    def isolated(self, what: str) -> AbstractContextManager[None]: ...

    def tell(self, hook: str, **facts: object) -> None: ...


class Previewing:
    """Asks publishers what they would send."""

    def __init__(self, plugins: PublisherCalls, house: House) -> None:
        self._plugins, self._house = plugins, house

    def previews(self, announcement: Announcement, plan: Plan) -> tuple[Preview, ...]:
        """One preview for each kind of target in ``plan``; a publisher that cannot say is left out."""
        notice = to_notice(announcement, self._house)
        samples: dict[str, Target] = {}
        for _, target in plan.targets:
            samples.setdefault(target.publisher, target)
        found = []
        for name, target in sorted(samples.items()):
            try:
                publisher = self._plugins.publisher(name)
                with self._plugins.isolated(f"publisher {name}"):
                    preview = publisher.preview(notice, target)
            except HubError:
                continue
            # what a plugin put together is not safe because its parts were
            html = sanitise(preview.html, base=self._house.base_url) if preview.html is not None else None
            found.append(replace(preview, publisher=name, html=html, sites=plan.channels.get(name, 0)))
        return tuple(found)
