"""Telling subscribers: webhooks, what waits to be told, sealed secrets, addresses that are never called."""
