"""The ``whatsapp`` publisher: text for a person to forward."""

from collections.abc import Sequence

from connectors.whatsapp.publish import WhatsappPublisher
from hub.spec import Publisher, hookimpl


@hookimpl
def register_publishers() -> Sequence[Publisher]:
    return [WhatsappPublisher()]
