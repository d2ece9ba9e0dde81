"""The ``blogger`` connector: blogs at Blogger (blogspot.com) by the JSON of their feeds."""

from collections.abc import Sequence

from connectors.blogger.harvest import Blogger
from hub.spec import Connector, hookimpl


@hookimpl
def register_connectors() -> Sequence[Connector]:
    return [Blogger()]
