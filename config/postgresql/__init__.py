"""Django's PostgreSQL backend with a cheaper look at the connections that come out of the pool."""
