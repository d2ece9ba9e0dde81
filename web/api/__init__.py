"""The reading side of the API, version 1."""
