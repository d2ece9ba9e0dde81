"""News to residents in their browser, by the push service that its maker runs."""

from collections.abc import Sequence

from connectors.webpush.notify import WebPushNotifier
from hub.spec import Notifier, hookimpl


@hookimpl
def register_notifiers() -> Sequence[Notifier]:
    return [WebPushNotifier()]
