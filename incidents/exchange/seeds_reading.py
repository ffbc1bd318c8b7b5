"""Reading the YAML files of a seeded case: which keys there are, and refusals that name file, path and key.

Nothing here touches the database; seeds.py turns what is read into records.
"""

import datetime as dt
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from reprlib import Repr
from typing import Any

import yaml
from django.db.models import TextChoices

KEYS = {
    "documents": "key doc_type title publisher published_on language url archive_url seen_at sha256 sha256_of consent"
    " rights",
    "sources": "key kind name reliability affiliated_with confidential",
    "actors": "key type identification name aliases part_of valid_from valid_to",
    "incidents": "key kind title summary start end date_precision ongoing place site_type clarity",
    "updates": "incident title summary start end date_precision ongoing place site_type clarity",
    "acts": "incident act asserted_by document standard_of_proof",
    "targeted_groups": "incident ground group asserted_by document",
    "claims": "key incident asserted_by document locator measure unit unit_as_written status status_basis value"
    " qualifier low high vague_term as_of covers_from covers_to scope interim running_total method basis credibility"
    " standard_of_proof relays inferred_from supersedes corroborated_by investigation cells",
    "relations": "from type to certainty asserted_by reason",
    "attributions": "incident actor asserted_by document position role extent confidence standard_of_proof as_of"
    " investigation",
    "investigations": "key type name body independence established_by mandate period_from period_to outcome events"
    " deadlines scope facts",
    "statements": "by on kind demands about document summary answered_by",
}
PLACE = "country text areas precision uncertainty_m point"
POINT = "latitude longitude method"
CELL = "cut status sex age cause occupation area value low high"
EVENT = "kind on by reported_by document note"
DEADLINE = "seq due_on basis assumed set_by"
SCOPE = "incident kind"
ANSWER = "investigation asserted_by"
TOP = {"case", "disputed", "expected", "ages_reported_for_the_elder", *KEYS}


BOOLEAN = re.compile(r"^(?:true|false)$")


class SeedRefused(Exception):
    """The files cannot be loaded; the message names file, path, and what to write instead."""


class StrictLoader(yaml.SafeLoader):
    """Safe YAML in which a key written twice is an error, and "on" and "NO" are words (YAML 1.2), not booleans."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise SeedRefused(f"{node.start_mark.name}, line {node.start_mark.line + 1}: '{key}' is written twice")
        return super().construct_mapping(node, deep=deep)


StrictLoader.add_implicit_resolver("tag:yaml.org,2002:bool", BOOLEAN, list("tf"))


# What is written into a refusal: cut short, since aliases make a small file into values without end.
_short = Repr()
_short.maxlevel, _short.maxstring, _short.maxother = 2, 120, 120
shown = _short.repr


def nearest(word: str, known: Sequence[str]) -> str:
    """The end of a refusal: the nearest known word, or all of them where none is near."""
    close = get_close_matches(word, known, n=1)
    return f"did you mean '{close[0]}'?" if close else f"known are {', '.join(sorted(known))}"


class Entry:
    """One mapping of a file, with the place it stands at for messages. Each getter refuses what it cannot read."""

    def __init__(self, where: str, raw: Any, known: str) -> None:
        self.where = where
        if not isinstance(raw, dict):
            raise SeedRefused(f"{where}: write a mapping of keys and values, not {shown(raw)}")
        words = known.split()
        for key in raw:
            if key not in words:
                raise SeedRefused(f"{where}: '{key}' is not a known key; {nearest(str(key), words)}")
        self.raw: dict[str, Any] = raw

    def refuse(self, key: str, sentence: str) -> SeedRefused:
        """A refusal that names this place and key."""
        return SeedRefused(f"{self.where}.{key}: {sentence}")

    def has(self, key: str) -> bool:
        """Whether the key is written with a value other than null."""
        return self.raw.get(key) is not None

    def text(self, key: str) -> str:
        """A text; '' where the key is absent or null."""
        value = self.raw.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.refuse(key, f"write a text, not {shown(value)}")
        return value

    def required(self, key: str) -> str:
        """A text that must be there."""
        value = self.text(key)
        if not value:
            raise self.refuse(key, "is missing")
        return value

    def texts(self, key: str) -> dict[str, str]:
        """Texts by language; a bare text is English; {} where absent or null."""
        value = self.raw.get(key)
        if value is None:
            return {}
        if isinstance(value, str):
            return {"en": value}
        if not isinstance(value, dict):
            raise self.refuse(key, f"write texts by language, such as {{en: ...}}, not {shown(value)}")
        for language, text in value.items():
            if not isinstance(text, str):
                # In a flow mapping an unquoted comma ends the text: {en: a, b} has a second key, b.
                raise self.refuse(f"{key}.{language}", "is no text; put a text with a comma in quotes")
        return value

    def code(self, key: str, vocabulary: type[TextChoices], default: str | None = None) -> str:
        """A code of a vocabulary; `default` where absent, and a refusal where there is no default."""
        value = self.raw.get(key)
        if value is None and default is not None:
            return default
        # Digits of a vocabulary (credibility) are numbers in YAML.
        code = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if code not in vocabulary.values:
            raise self.refuse(key, f"{shown(value)} is not a code; {nearest(shown(value), vocabulary.values)}")
        return str(code)

    def date(self, key: str) -> dt.date | None:
        """A date; None where absent or null."""
        return self._date(key, self.raw.get(key))

    def interval(self, key: str) -> tuple[dt.date | None, dt.date | None]:
        """[earliest, latest]; two Nones where absent or null."""
        value = self.raw.get(key)
        if value is None:
            return None, None
        if not isinstance(value, list) or len(value) != 2:
            raise self.refuse(key, f"write [earliest, latest], not {shown(value)}")
        return self._date(key, value[0]), self._date(key, value[1])

    def _date(self, key: str, value: Any) -> dt.date | None:
        if value is None or (isinstance(value, dt.date) and not isinstance(value, dt.datetime)):
            return value
        raise self.refuse(key, f"write a date such as 2025-03-09, not {shown(value)}")

    def number(self, key: str) -> int | None:
        """A count; None where absent or null."""
        value = self.raw.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 2_147_483_647):
            return value
        raise self.refuse(key, f"write a whole number, 0 or more, not {shown(value)}")

    def degrees(self, key: str) -> float | None:
        """A coordinate in degrees; None where absent or null."""
        value = self.raw.get(key)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return value
        raise self.refuse(key, f"write degrees such as 35.45644, not {shown(value)}")

    def flag(self, key: str) -> bool | None:
        """true or false; None where absent or null."""
        value = self.raw.get(key)
        if value is None or isinstance(value, bool):
            return value
        raise self.refuse(key, f"write true, false or null, not {shown(value)}")

    def words(self, key: str) -> list[str]:
        """A list of texts; [] where absent or null."""
        value = self.raw.get(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise self.refuse(key, f"write a list of texts, not {shown(value)}")
        return value

    def entry(self, key: str, known: str) -> "Entry | None":
        """The mapping below a key; None where absent or null."""
        return Entry(f"{self.where}.{key}", self.raw[key], known) if self.has(key) else None

    def entries(self, key: str, known: str) -> list["Entry"]:
        """The mappings listed below a key; [] where absent or null."""
        value = self.raw.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.refuse(key, f"write a list, not {shown(value)}")
        return [Entry(f"{self.where}.{key}[{index}]", raw, known) for index, raw in enumerate(value)]


@dataclass
class Story:
    """The entries of a case by section, those of later files after those of earlier ones."""

    case: str
    sections: dict[str, list[Entry]]
    disputed: list[str]

    def __getitem__(self, section: str) -> list[Entry]:
        return self.sections[section]


def read_story(paths: Sequence[Path]) -> Story:
    """Read the files of one case, the founding one first.

    Raises SeedRefused for a file that is not there or not UTF-8 YAML, a key that is unknown or
    written twice, a record key used twice, or files of different cases.
    """
    story = Story("", {section: [] for section in KEYS}, [])
    for path in paths:
        raw = _mapping(path)
        top = Entry(path.name, raw, " ".join(sorted(TOP)))
        case = top.text("case") or story.case or path.stem
        if story.case and case != story.case:
            raise top.refuse("case", f"is '{case}', but the files before it tell of '{story.case}'")
        story.case = case
        story.disputed += top.texts("disputed").values()
        for section, known in KEYS.items():
            story.sections[section] += [
                Entry(f"{path.name}: {section}[{_name(item, index)}]", item, known)
                for index, item in enumerate(_listed(top, section))
            ]
    for section in ("documents", "sources", "actors", "incidents", "claims"):
        seen: dict[str, Entry] = {}
        for entry in story[section]:
            key = entry.required("key")
            if key in seen:
                raise entry.refuse("key", f"'{key}' is used already at {seen[key].where}")
            seen[key] = entry
    return story


def with_updates(story: Story) -> Iterator[tuple[str, Entry]]:
    """Each incident's key and entry, what the `updates` change written over what the incident said."""
    later: dict[str, dict[str, Any]] = {}
    known = [entry.required("key") for entry in story["incidents"]]
    for entry in story["updates"]:
        key = entry.required("incident")
        if key not in known:
            raise entry.refuse("incident", f"no incident has the key '{key}'; {nearest(key, known)}")
        later.setdefault(key, {}).update({name: value for name, value in entry.raw.items() if name != "incident"})
    for entry in story["incidents"]:
        key = entry.required("key")
        yield key, Entry(entry.where, entry.raw | later.get(key, {}), KEYS["incidents"])


def _mapping(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise SeedRefused(f"{path.name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SeedRefused(f"{path.name} is not UTF-8 at byte {error.start}") from error
    try:
        raw = _data(text, path.name)
    except yaml.YAMLError as error:
        raise SeedRefused(f"{path.name} is not YAML: {error}") from error
    except ValueError as error:  # a day such as 2025-13-45
        raise SeedRefused(f"{path.name} holds a date or number that cannot be: {error}") from error
    except RecursionError as error:  # libyaml, which would be quicker, ends the process there
        raise SeedRefused(
            f"{path.name} nests values in values too deep to be read; a case needs five levels"
        ) from error
    return raw or {}


def _data(text: str, name: str) -> Any:
    loader = StrictLoader(text)
    loader.name = name
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def _listed(top: Entry, section: str) -> list[Any]:
    value = top.raw.get(section)
    if value is None:
        return []
    if not isinstance(value, list):
        raise top.refuse(section, "write a list of records")
    return value


def _name(item: Any, index: int) -> str:
    return str(item.get("key", index)) if isinstance(item, dict) else str(index)
