"""The ``webhook`` publisher: announcements to any program that takes a signed HTTP request."""

from collections.abc import Sequence

from connectors.webhook.publish import WebhookPublisher
from hub.spec import Publisher, hookimpl


@hookimpl
def register_publishers() -> Sequence[Publisher]:
    return [WebhookPublisher()]
