"""The ``sitemap`` connector, the last resort: addresses from the sitemap, articles from their pages."""

from collections.abc import Sequence

from connectors.sitemap.harvest import SitemapConnector
from hub.spec import Connector, hookimpl


@hookimpl
def register_connectors() -> Sequence[Connector]:
    return [SitemapConnector()]
