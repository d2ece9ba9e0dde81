"""A hub that has harvested a sample district."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from hub.app import Hub, open_hub
from hub.config import build
from hub.testing.district import District


@contextmanager
def harvested(
    folder: Path, host_base: str, villages: int = 12, **sections: Mapping[str, Any]
) -> Iterator[Hub]:
    """A hub with all that a running district of ``villages`` has to tell; both end with the context.

    Args:
        folder: of the hub.
        host_base: three bytes of loopback addresses that nothing else uses meanwhile, as ``127.10.7.``.
        sections: of the configuration, each instead of what is usual here: no pauses between visits to one
            host, no limit of requests.
    """
    with District(villages, host_base, 0, slow_seconds=0.05) as district:
        settings = {
            "network": {"allow_private": list(district.allow_private)},
            "harvest": {"host_delay": 0.0},
            "web": {"rate_limit": 0},
            **sections,
        }
        with closing(open_hub(build(settings, root=folder))) as hub:
            for site in district.sites:
                if site.trouble != "broken":
                    hub.registering.add_site(site.name, site.url, site.code)
            hub.harvesting.run()
            yield hub
