"""SQLAlchemy Core inside, ``hub.model`` values outside."""

from hub.store.database import Store, Transaction
from hub.store.posts import Kept, Sighting
from hub.store.sources import Claim

__all__ = ["Claim", "Kept", "Sighting", "Store", "Transaction"]
