"""The ``opensid`` connector: village sites of the Sistem Informasi Desa, by their feed and its quirks."""

from collections.abc import Sequence

from connectors.opensid.harvest import OpenSidConnector
from hub.spec import Connector, hookimpl


@hookimpl
def register_connectors() -> Sequence[Connector]:
    return [OpenSidConnector()]
