"""Telegram: the ``telegram`` and ``telegram-bot`` connectors, the publisher and the notifier."""

from collections.abc import Sequence

from connectors.telegram.channel import TelegramChannel
from connectors.telegram.notify import TelegramNotifier
from connectors.telegram.publish import TelegramPublisher
from connectors.telegram.updates import TelegramBot
from hub.spec import Connector, Notifier, Publisher, hookimpl


@hookimpl
def register_connectors() -> Sequence[Connector]:
    return [TelegramChannel(), TelegramBot()]


@hookimpl
def register_publishers() -> Sequence[Publisher]:
    return [TelegramPublisher()]


@hookimpl
def register_notifiers() -> Sequence[Notifier]:
    return [TelegramNotifier()]
