"""The ``hub`` connector and the ``hub`` publisher: another kimhub, above or below this one."""

from collections.abc import Sequence

from connectors.hub.harvest import HubConnector
from hub.spec import Connector, hookimpl


@hookimpl
def register_connectors() -> Sequence[Connector]:
    return [HubConnector()]
