"""Connectors that are one TOML file: where the list is, what selects what in it, and no code.

::

    declared_connector(path or text) -> DeclaredConnector      a connector like any other
    read_declaration(text)           -> Declaration            checked; all faults at once
    explain(declaration, page, url)  -> Explanation            what each selector matched, with hints
    explain_article(...)             -> Explanation            the same for the page of one item
"""

from __future__ import annotations

from pathlib import Path

from hub.errors import ConfigError, Fault
from hub.spec.declared.explain import Explanation, Matched, explain, explain_article
from hub.spec.declared.format import Declaration, read_declaration
from hub.spec.declared.harvest import DeclaredConnector

__all__ = [
    "Declaration",
    "DeclaredConnector",
    "Explanation",
    "Matched",
    "declared_connector",
    "explain",
    "explain_article",
    "read_declaration",
]


def declared_connector(source: Path | str) -> DeclaredConnector:
    """The connector that a declaration describes; ``source`` is its file, or its text.

    Raises:
        ConfigError: with every fault of the declaration, or the file cannot be read.
    """
    if not isinstance(source, Path):
        return DeclaredConnector(read_declaration(source))
    try:
        text = source.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Fault(str(source), f"cannot be read: {error}", "check the file")]) from error
    try:
        return DeclaredConnector(read_declaration(text))
    except ConfigError as error:
        where = source.name
        faults = [Fault(f"{where}: {each.key}", each.problem, each.cure) for each in error.faults]
        raise ConfigError(faults) from error
