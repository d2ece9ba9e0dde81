"""The ``telegram`` publisher: announcements in a channel or group, by a bot."""

from collections.abc import Sequence

from connectors.telegram.publish import TelegramPublisher
from hub.spec import Publisher, hookimpl


@hookimpl
def register_publishers() -> Sequence[Publisher]:
    return [TelegramPublisher()]
