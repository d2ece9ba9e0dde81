"""What the doctor sees of notifiers: those that do not work while residents wait, and those that fail."""

from __future__ import annotations

from collections.abc import Collection

from hub.errors import HubError
from hub.services.checkup import Complaint
from hub.services.notifying import Notifying
from hub.store import Store


def notifier_complaints(
    store: Store, notifying: Notifying, tables: Collection[str], known: Collection[str]
) -> list[Complaint]:
    """Never raises.

    Args:
        tables: names in ``[plugins]`` of the configuration.
        known: names of plugins and of what they bring.
    """
    try:
        with store.read() as tx:
            counts, failing = tx.followings.counts(), tx.followings.failing()
    except HubError:
        return []  # said of the database already
    living: dict[str, int] = {}
    for (name, state), number in counts.items():
        if state != "ended":
            living[name] = living.get(name, 0) + number
    found = []
    for name, number in sorted(living.items()):
        if problem := notifying.problem(name):
            message = f"{number} residents who follow wait: {problem}"
            found.append(Complaint(f"notifier {name}", message, "set it up; see docs/portal.md, Following"))
        elif name in failing:
            failed, problem = failing[name]
            message = f"{failed} of {number} could not be told last: {problem}"
            found.append(
                Complaint(f"notifier {name}", message, "see the message; it is tried again by itself")
            )
    found += [
        Complaint(f"plugins.{name}", "no plugin reads this table", "correct its name, or remove it")
        for name in sorted(set(tables) - set(known))
    ]
    return found
