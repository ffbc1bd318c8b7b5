"""Room 4: what callers see. It reads index tables, the log and reference data through the alias public only."""
