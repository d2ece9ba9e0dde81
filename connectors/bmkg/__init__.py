"""The ``bmkg`` connector: earthquakes and weather warnings of the national agency."""

from collections.abc import Sequence

from connectors.bmkg.harvest import BmkgConnector
from hub.spec import Connector, hookimpl


@hookimpl
def register_connectors() -> Sequence[Connector]:
    return [BmkgConnector()]
