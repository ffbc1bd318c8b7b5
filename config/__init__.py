"""How the project runs: environment, settings, addresses, middleware. What it is about lives in incidents/."""
