"""The ``inbox`` connector: a KIM without any site sends its texts by form or mail."""

from collections.abc import Sequence

from connectors.inbox.harvest import InboxConnector
from hub.spec import Connector, hookimpl


@hookimpl
def register_connectors() -> Sequence[Connector]:
    return [InboxConnector()]
