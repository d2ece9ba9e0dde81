"""WordPress: harvest by its REST API, and publish by it."""

from collections.abc import Sequence

from connectors.wordpress.connector import WordPress
from connectors.wordpress.publish import WordPressPublisher
from hub.spec import Connector, Publisher, hookimpl


@hookimpl
def register_connectors() -> Sequence[Connector]:
    return [WordPress()]


@hookimpl
def register_publishers() -> Sequence[Publisher]:
    return [WordPressPublisher()]
