"""Room 5: what moderators see."""
