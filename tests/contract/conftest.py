"""What the tests over all resources share: the founding case, as tests/api/ publishes it, and a generated client."""

from collections.abc import Iterator

import pytest

from tests.api.conftest import founding_case, gazetteer, one_transaction
from tests.contract.client import Sdk, generate, serving

__all__ = ["founding_case", "gazetteer", "one_transaction", "said", "sdk"]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What the generator said while it wrote the client, which can be imported from here on."""
    folder = tmp_path_factory.mktemp("client")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield generate(folder)


@pytest.fixture(scope="module")
def sdk(published: None, said: str) -> Iterator[Sdk]:
    """The generated client, pointed at a server that has the founding case."""
    with serving() as address:
        yield Sdk(address)
