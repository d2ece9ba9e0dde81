"""The ``mastodon`` connector: an account's posts by the REST API of its server."""

from collections.abc import Sequence

from connectors.mastodon.harvest import Mastodon
from hub.spec import Connector, hookimpl


@hookimpl
def register_connectors() -> Sequence[Connector]:
    return [Mastodon()]
