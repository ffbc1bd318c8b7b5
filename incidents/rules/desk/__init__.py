"""What the desk does to records: what takes two people, pairs that may be one, looks at what is confidential."""
