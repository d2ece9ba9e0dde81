"""The ``feed`` connector (RSS, Atom, RDF and JSON Feed) and the ``feed`` publisher."""

from collections.abc import Sequence

from connectors.feed.harvest import FeedConnector
from connectors.feed.publish import FeedPublisher
from hub.spec import Connector, Publisher, hookimpl


@hookimpl
def register_connectors() -> Sequence[Connector]:
    return [FeedConnector()]


@hookimpl
def register_publishers() -> Sequence[Publisher]:
    return [FeedPublisher()]
