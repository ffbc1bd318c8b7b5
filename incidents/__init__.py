"""The humanitarian incident database: one app, six rooms."""
