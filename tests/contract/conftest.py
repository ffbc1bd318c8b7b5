"""What the tests over all resources share: the founding case, as tests/api/ publishes it."""

from tests.api.conftest import founding_case, gazetteer, one_transaction

__all__ = ["founding_case", "gazetteer", "one_transaction"]
