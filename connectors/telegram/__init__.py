"""The ``telegram`` and ``telegram-bot`` connectors, and the ``telegram`` publisher."""

from collections.abc import Sequence

from connectors.telegram.channel import TelegramChannel
from connectors.telegram.publish import TelegramPublisher
from connectors.telegram.updates import TelegramBot
from hub.spec import Connector, Publisher, hookimpl


@hookimpl
def register_connectors() -> Sequence[Connector]:
    return [TelegramChannel(), TelegramBot()]


@hookimpl
def register_publishers() -> Sequence[Publisher]:
    return [TelegramPublisher()]
