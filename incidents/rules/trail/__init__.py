"""What is only ever added to: the publication log, the audit chain, their checkpoints, and checking them."""
