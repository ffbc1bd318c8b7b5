"""Kinds of arguments that several commands take, each refused with what to write instead."""

import re
from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path


def written(text: str) -> str:
    """A text with something in it: an empty one is a variable that nobody set, and never what was left out."""
    if not text.strip():
        raise ArgumentTypeError("it is empty; write something")
    return text


def path(text: str) -> Path:
    """A file or a folder; an empty text would be the folder that the command runs in."""
    return Path(written(text))


def whole_number(text: str) -> int:
    """A whole number in ASCII digits, as everywhere else."""
    if not re.fullmatch(r"-?[0-9]{1,18}", text, re.ASCII):
        raise ArgumentTypeError(f"'{text}' is no whole number in digits from 0 to 9")
    return int(text)


def day(text: str) -> date:
    """A day as 2027-01-31, in ASCII digits."""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ArgumentTypeError(f"'{text}' is no day; write it like 2027-01-31")


def unreadable(error: OSError) -> str:
    """Why a file of `--folder` cannot be read, and what to write instead."""
    return (
        f"{error.filename} cannot be read ({error.strerror or error}). Write after --folder where all the files are, or"
        " leave it out for those of fixtures/."
    )
