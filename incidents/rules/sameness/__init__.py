"""Incidents that may be one: found, compared, decided, merged, and merges undone."""
