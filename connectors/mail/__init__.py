"""The ``mail`` publisher: announcements to the people who run a site, for them to publish."""

from collections.abc import Sequence

from connectors.mail.publish import MailPublisher
from hub.spec import Publisher, hookimpl


@hookimpl
def register_publishers() -> Sequence[Publisher]:
    return [MailPublisher()]
