"""The ``feed`` connector: RSS, Atom, RDF and JSON Feed."""

from collections.abc import Sequence

from connectors.feed.harvest import FeedConnector
from hub.spec import Connector, hookimpl


@hookimpl
def register_connectors() -> Sequence[Connector]:
    return [FeedConnector()]
