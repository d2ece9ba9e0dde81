"""The command line ``kimhub``: one module a topic, put together here."""

from hub.cli.main import main

__all__ = ["main"]
