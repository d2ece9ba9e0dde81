"""The ``activitypub`` connector: what any server of the Fediverse shows in an actor's outbox."""

from collections.abc import Sequence

from connectors.activitypub.harvest import ActivityPub
from hub.spec import Connector, hookimpl


@hookimpl
def register_connectors() -> Sequence[Connector]:
    return [ActivityPub()]
