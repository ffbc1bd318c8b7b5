"""Room 3: what may happen. Plain typed functions; no request, no HTTP."""
