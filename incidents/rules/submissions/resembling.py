"""Names that resemble one another, prepared once for many questions: a request asks with up to thousands of names.

Which names are known, and what is proposed of them, is the matter of recognising.py.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from rapidfuzz import fuzz, process

from incidents.models.folding import fold
from incidents.rules.sameness.spelling import in_brackets, without_article

LIKELY = 80  # of 100, by which names are proposed at all
WITHIN = 90  # for a name of several words that stands whole within another, and for one that another has in brackets
MOST = 5
NEAREST = 8 * MOST
"""Names that are remembered of each text: more than records, which bear several and may be left out."""


@dataclass(frozen=True, slots=True)
class Known:
    """A name that a record bears; `public` where it stands in a published document."""

    folded: str
    public_id: UUID
    label: str
    public: bool
    category: bool = False
    beside: frozenset[str] = frozenset()
    """What it has in brackets: Hay'at Tahrir al-Sham (HTS)."""

    @classmethod
    def by(cls, name: str, public_id: UUID, label: str, *, public: bool, category: bool = False) -> "Known":
        """From the name as it is written."""
        return cls(fold(name), public_id, label, public, category, in_brackets(name))


class Names:
    """Known names, their words sorted and looked up beforehand; the same text is compared with them once."""

    def __init__(self, known: Sequence[Known]) -> None:
        self.known = known
        words = [each.folded.split() for each in known]
        self._sorted = [" ".join(sorted(each)) for each in words]
        self._together = ["".join(each) for each in words]
        self._counts = [(len(each), len(set(each))) for each in words]
        self._holding: dict[str, list[int]] = defaultdict(list)
        for place, each in enumerate(words):
            for word in set(each):
                self._holding[word].append(place)
        self._whole: dict[str, list[int]] = defaultdict(list)
        self._beside: dict[str, list[int]] = defaultdict(list)
        for place, one in enumerate(known):
            self._whole[without_article(one.folded)].append(place)
            for part in one.beside:
                self._beside[part].append(place)
        self._found: dict[str, list[tuple[float, int]]] = {}

    def of(self, names: Collection[str], without: Collection[UUID] = ()) -> list[tuple[float, Known]]:
        """The records that bear a name like one of these as they are written, or are so called in brackets."""
        texts = dict.fromkeys(text for text in map(fold, names) if text)
        return self.ranked(texts, without, {part for name in names for part in in_brackets(name)})

    def ranked(
        self, texts: Collection[str], without: Collection[UUID] = (), beside: Collection[str] = ()
    ) -> list[tuple[float, Known]]:
        """The records that bear a name like one of these, each with its best score; the most similar first.

        So are those that are called by the whole of one of these in brackets, and those that one of these calls
        by their whole name, `beside`, there; what two names have in brackets both, such as a country, says nothing.
        """
        best: dict[UUID, tuple[float, Known]] = {}
        found = [each for text in texts for each in self._near(text)]
        found += [(WITHIN, place) for text in texts for place in self._beside.get(without_article(text), ())]
        found += [(WITHIN, place) for part in beside for place in self._whole.get(part, ())]
        for score, place in found:
            each = self.known[place]
            if each.public_id not in without and score > best.get(each.public_id, (0.0, each))[0]:
                best[each.public_id] = (score, each)
        return sorted(best.values(), key=likest)[:MOST]

    def _near(self, text: str) -> list[tuple[float, int]]:
        """(score, place) of names whose words are alike in any order, or that hold all the words, or are held by them.

        So are those whose letters are alike in their order, wherever a word ends: an article more or less, as in the
        Arabic, sorts a word to another place. A partial likeness of letters is none: by that, half of all institutions
        resemble each other.
        """
        if text not in self._found:
            words = text.split()
            self._found[text] = [
                (score, place)
                for asked, known in ((" ".join(sorted(words)), self._sorted), ("".join(words), self._together))
                for _, score, place in process.extract(
                    asked, known, scorer=fuzz.ratio, score_cutoff=LIKELY, limit=NEAREST
                )
            ]
            self._found[text] += [(WITHIN, place) for place in self._within(words)]
        return self._found[text]

    def _within(self, words: Sequence[str]) -> list[int]:
        """Places of names of several words of which all are among these, or that have all of these, in order."""
        if len(words) < 2:
            return []
        asked = set(words)
        common = Counter(place for word in asked for place in self._holding.get(word, ()))
        found = (
            place
            for place, shared in common.items()
            if self._counts[place][0] > 1 and shared in {len(asked), self._counts[place][1]}
        )
        return sorted(found)[:NEAREST]


def likest(found: tuple[float, Known]) -> tuple[float, str]:
    """The order of records that resemble a name: the most similar first."""
    score, known = found
    return -score, str(known.public_id)
