"""The ``youtube`` connector: videos of a channel or a playlist by YouTube's own feed."""

from collections.abc import Sequence

from connectors.youtube.harvest import YouTube
from hub.spec import Connector, hookimpl


@hookimpl
def register_connectors() -> Sequence[Connector]:
    return [YouTube()]
