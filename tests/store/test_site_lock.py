"""Two sources of a site never store at one moment."""

from __future__ import annotations

import threading

from hub.store import Store


def test_who_stores_second_waits(store: Store) -> None:
    order: list[str] = []
    asking = threading.Event()

    def second() -> None:
        asking.set()
        with store.write() as tx:
            tx.posts.lock_site(7)
            order.append("second")

    other = threading.Thread(target=second)
    with store.write() as tx:
        tx.posts.lock_site(7)
        other.start()
        asking.wait(10)
        other.join(0.3)
        order.append("first")
    other.join(30)
    assert order == ["first", "second"]
