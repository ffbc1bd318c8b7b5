"""Room 2: how a published record reads. Models in, JSON out; one serializer a resource."""
