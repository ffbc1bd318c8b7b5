"""Measure a database of N incidents against the limits, a peer and the goals.

A thin shell over tests/bench/, which stands in the repository and not in an installed package.
"""

import importlib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

ROOT = Path(__file__).resolve().parents[3]


class Command(BaseCommand):
    """`benchmark [N]`; exits 1 where a goal is missed."""

    help = "Build a PostgreSQL database of N incidents on a temporary server and measure it against the goals."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("count", type=int, nargs="?", default=10_000, help="how many incidents, such as 1000000")
        parser.add_argument("--folder", type=Path, default=ROOT / "var" / "bench", help="where the figures are kept")
        parser.add_argument("--database", default="", help="address of an empty PostgreSQL database to use instead")
        parser.add_argument("--slack", type=float, default=1.0, help="how many times worse than its goal is still met")
        parser.add_argument("--guard", action="append", default=[], help="fail for this goal only; may be repeated")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["count"] < 1000:
            raise CommandError(f"{options['count']} incidents are too few to measure anything; write 1000 or more.")
        try:
            bench = importlib.import_module("tests.bench.run")
        except ImportError as missing:
            raise CommandError(f"The benchmark stands in tests/bench/ of the repository: {missing}.") from missing
        missed = bench.run(
            options["count"],
            options["folder"],
            given=options["database"],
            slack=options["slack"],
            guarded=frozenset(options["guard"]),
        )
        if missed:
            raise CommandError("A goal was missed.", returncode=1)
