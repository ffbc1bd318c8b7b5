"""From the working record to the public one: what may be said, documents, links, index, withdrawals."""
