"""What runs apart from the product: contenders whose packages stand in tests/bench/rivals.lock, not in .venv.

tests/bench/others.py starts them in the environment that `make bench` installs; nothing here is imported by the rest.
"""
