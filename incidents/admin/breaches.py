"""What a form says where a constraint of the database is breached, in place of the constraint's name.

What submissions breach too is said in the rules' words (rules/submissions/entering_desk.py).
"""

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from incidents.admin.telling import told
from incidents.rules.broken import SENTENCES

BACKWARDS = _("The first day of validity is not after the last.")
ON_EARTH = _("A point needs a latitude from -90 to 90 and a longitude from -180 to 180; leave out both, or neither.")
OWN = {
    "incident_point_whole_and_on_earth": ON_EARTH,
    "admin_area_centroid_in_range": ON_EARTH,
    "incident_country_alpha_3": _("Write the country in three capital letters, such as SYR."),
    "incident_relation_between_two": _("An incident is related to another one, not to itself."),
    "actor_relation_between_two": _("An actor is related to another one, not to itself."),
    "actor_validity_ordered": BACKWARDS,
    "actor_alias_validity_ordered": BACKWARDS,
    "actor_relation_validity_ordered": BACKWARDS,
    "admin_area_validity_ordered": BACKWARDS,
    "admin_area_only_countries_lack_a_parent": _(
        "A country has no area above it and its own code for P-code; every other area has one above it."
    ),
    "document_sha256_is_hex": _(
        "A SHA-256 has 64 digits from 0 to 9 and a to f; leave it empty if you do not know it."
    ),
    "claim_retraction_says_by_whom": _(
        "A retraction has both a day and somebody whose it is; leave out both, or neither."
    ),
    "attribution_supersedes_another": _("An attribution supersedes another one, not itself."),
    "investigation_event_retracts_another": _("A retraction names under “Supersedes” the event that did not happen."),
    "investigation_event_superseded_once": _("Another event supersedes that one already; name the other one."),
    "investigation_event_supersedes_another": _("An event supersedes another one, not itself."),
    "override_ordered": _("The low figure, the best and the high stand in this order."),
    "scope_of_one_thing": _("Name either an incident or an actor, not both."),
    "account_contributor_has_organisation": _("A contributor needs an organisation."),
    "term_label_not_empty": _("Write a label, or take the line out."),
}


def explain(errors: ValidationError, record: Model) -> None:
    """Put sentences in place of the names of the constraints that a record breaches, among what a form found."""
    names = {each.get_violation_error_message(): str(each.name) for each in record._meta.constraints}
    found: dict[str, list[ValidationError]] = getattr(errors, "error_dict", {})
    told_already = set()
    for error in found.pop(NON_FIELD_ERRORS, []):
        if error.message in names:
            error.message = said(names[error.message]) or error.message
        if error.message not in told_already:  # several constraints say one thing
            found.setdefault(NON_FIELD_ERRORS, []).append(error)
            told_already.add(error.message)


def said(name: str) -> str:
    """What people are told of a constraint; empty where only a fault of ours could breach it."""
    if name in OWN:
        return str(OWN[name])
    return next((told(words) for part, words in SENTENCES.items() if part in name), "")
