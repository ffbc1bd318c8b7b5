"""Who comes in and how often: roles, keys, limits, requests done once, the public API's database role."""
