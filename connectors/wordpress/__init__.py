"""WordPress: harvest by its REST API."""

from collections.abc import Sequence

from connectors.wordpress.connector import WordPress
from hub.spec import Connector, hookimpl


@hookimpl
def register_connectors() -> Sequence[Connector]:
    return [WordPress()]
