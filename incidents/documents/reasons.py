"""Why two incidents may be one, in words, in the active language; rules/sameness/likeness.py gives the reasons as data.

The desk reads them with the labels of its own language, programs in English.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils import formats
from django.utils.translation import get_language_bidi, ngettext
from django.utils.translation import gettext as _

from incidents.choices import Act, Measure

Label = Callable[[str, str], str]
"""The word for a code of a vocabulary: label("measure", "killed")."""


def in_words(reasons: Sequence[Mapping[str, Any]], label: Label) -> str:
    """All of them, the weightiest first: "same settlement: tuwaym; same day"."""
    ordered = sorted(reasons, key=lambda reason: -abs(reason["points"]))
    between = "؛ " if get_language_bidi() else "; "
    return between.join(filter(None, (said(reason, label) for reason in ordered)))


def said(reason: Mapping[str, Any], label: Label) -> str:
    """One of them; nothing for a part that nobody knows any more."""
    say = WORDS.get(reason.get("part", ""))
    return say(reason, label) if say else ""


def english(vocabulary: str, code: str) -> str:
    """The English word for a code, as choices.py has it."""
    return _ENGLISH[vocabulary].get(code, code)


_ENGLISH: dict[str, dict[str, str]] = {
    "measure": dict(zip(Measure.values, Measure.labels, strict=True)),
    "act": dict(zip(Act.values, Act.labels, strict=True)),
}


def _apart(reason: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The reason with these words kept in their own direction: between Arabic words 50+ would read as +50."""
    return {**reason, **{name: f"\u2068{reason[name]}\u2069" for name in names if get_language_bidi()}}


def _place(reason: Mapping[str, Any], _label: Label) -> str:
    if reason["how"] == "distance":
        km = formats.number_format(reason["km"], decimal_pos=1)
        return _("same point") if not reason["km"] else _("%(km)s km apart") % {"km": km}
    if reason.get("other"):
        return _("places of like names: %(name)s and %(other)s") % _apart(reason, "name", "other")
    if reason["how"] == "name":
        return _("same settlement: %(name)s") % reason
    if reason["how"] == "written":
        return _("same name of the place: %(name)s") % reason
    return _("same area: %(pcode)s, level %(level)s") % reason


def _dates(reason: Mapping[str, Any], _label: Label) -> str:
    if reason["how"] == "same":
        return ngettext("same day", "same days", reason["days"])
    if reason["how"] == "overlap":
        return ngettext("%(days)d day in common", "%(days)d days in common", reason["days"]) % reason
    return ngettext("%(days)d day apart", "%(days)d days apart", reason["days"]) % reason


def _figures(reason: Mapping[str, Any], label: Label) -> str:
    words = {**_apart(reason, "one", "other"), "measure": label("measure", reason["measure"])}
    if reason["how"] == "differ":
        return _("%(measure)s: %(one)s against %(other)s") % words
    return _("%(measure)s: %(one)s and %(other)s") % words


def _shared(reason: Mapping[str, Any], _label: Label) -> str:
    words: dict[str, str] = {
        "relation": _("a relation says that they may be one"),
        "reference": _("same reference: %(reference)s"),
        "class": _("same reference: %(reference)s"),
        "url": _("one report, entered twice: %(url)s"),
        "document": _("told by the same document"),
    }
    return words[reason["how"]] % reason


WORDS: dict[str, Callable[[Mapping[str, Any], Label], str]] = {
    "place": _place,
    "dates": _dates,
    "figures": _figures,
    "text": lambda reason, _label: _("titles alike to %(per_cent)s per cent") % reason,
    "actors": lambda reason, _label: ngettext("same actor", "same actors", len(reason["common"])),
    "acts": lambda reason, label: _("same act: %s") % ", ".join(label("act", code) for code in reason["common"]),
    "shared": _shared,
    "told_apart": lambda reason, _label: _("but %(scheme)s counts them as two") % reason,
}
