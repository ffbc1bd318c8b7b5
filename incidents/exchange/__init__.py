"""Room 6: data in and out. Loaders and importers read files; exporters cut answers from the log."""
