"""SQLAlchemy Core inside, ``hub.model`` values outside."""

from hub.store.database import Store, Transaction
from hub.store.deliveries import Handover
from hub.store.posts import Kept, Sighting
from hub.store.sources import Claim

__all__ = ["Claim", "Handover", "Kept", "Sighting", "Store", "Transaction"]
