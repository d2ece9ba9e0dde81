"""Mail: announcements to the people who run a site, for them to publish; news to residents who follow."""

from collections.abc import Sequence

from connectors.mail.notify import MailNotifier
from connectors.mail.publish import MailPublisher
from hub.spec import Notifier, Publisher, hookimpl


@hookimpl
def register_publishers() -> Sequence[Publisher]:
    return [MailPublisher()]


@hookimpl
def register_notifiers() -> Sequence[Notifier]:
    return [MailNotifier()]
