"""The ``facebook`` and ``instagram`` connectors: pages and accounts by Meta's Graph API."""

from collections.abc import Sequence

from connectors.meta.facebook import Facebook
from connectors.meta.instagram import Instagram
from hub.spec import Connector, hookimpl


@hookimpl
def register_connectors() -> Sequence[Connector]:
    return [Facebook(), Instagram()]
