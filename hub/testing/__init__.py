"""For authors of connectors and publishers: the contract suites, and a stage for the outside world.

Everything is loaded when it is asked for: pytest is needed by the suites alone.
"""

import sys
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
    module, attribute = f"{__name__}.{_HOMES[name][0]}", _HOMES[name][1]
    if "pytest" in sys.modules and module not in sys.modules:
        sys.modules["pytest"].register_assert_rewrite(module)  # so that a check says what it saw
    return getattr(import_module(module), attribute)
