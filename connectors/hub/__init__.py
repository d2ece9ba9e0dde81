"""The ``hub`` connector and the ``hub`` publisher: another kimhub, above or below this one."""

from collections.abc import Sequence

from connectors.hub.harvest import HubConnector
from connectors.hub.publish import HubPublisher
from hub.spec import Connector, Publisher, hookimpl


@hookimpl
def register_connectors() -> Sequence[Connector]:
    return [HubConnector()]


@hookimpl
def register_publishers() -> Sequence[Publisher]:
    return [HubPublisher()]
