"""For authors of connectors and publishers: the contract suites, and a stage for the outside world.

Everything is loaded when it is asked for: pytest is needed by the suites alone.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hub.testing.connector_contract import ConnectorContract
    from hub.testing.connector_harness import ConnectorHarness, Item
    from hub.testing.context import TestingContext
    from hub.testing.publisher_contract import PublisherContract
    from hub.testing.publisher_harness import Harness as PublisherHarness
    from hub.testing.stage import Answer, Asked, Stage

_HOMES: Final = {
    "Answer": ("stage", "Answer"),
    "Asked": ("stage", "Asked"),
    "ConnectorContract": ("connector_contract", "ConnectorContract"),
    "ConnectorHarness": ("connector_harness", "ConnectorHarness"),
    "Item": ("connector_harness", "Item"),
    "PublisherContract": ("publisher_contract", "PublisherContract"),
    "PublisherHarness": ("publisher_harness", "Harness"),
    "Stage": ("stage", "Stage"),
    "TestingContext": ("context", "TestingContext"),
}

__all__ = [
    "Answer",
    "Asked",
    "ConnectorContract",
    "ConnectorHarness",
    "Item",
    "PublisherContract",
    "PublisherHarness",
    "Stage",
    "TestingContext",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(f"{__name__}.{module}"), attribute)
