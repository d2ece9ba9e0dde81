"""The ``bluesky`` connector: an account's posts by the network's public interface."""

from collections.abc import Sequence

from connectors.bluesky.harvest import Bluesky
from hub.spec import Connector, hookimpl


@hookimpl
def register_connectors() -> Sequence[Connector]:
    return [Bluesky()]
