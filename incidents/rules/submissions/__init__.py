"""What organisations send: checked, foreseen, reviewed, entered into the record, and undone."""
