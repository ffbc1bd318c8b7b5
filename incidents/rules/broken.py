"""What the database refuses by a constraint, in words that whoever wrote it can act on: its own names one of ours."""

from incidents.rules.sentences import Sentence, worded

SENTENCES: dict[str, Sentence] = {
    "claim_qualifier_fits_figures": worded(
        "exact, about, nearly, at_least, more_than and at_most need value alone; range needs low and high; vague needs "
        "vague_term alone.",
        desk="An exact or a bounded figure needs a value alone, a range its two ends, a vague one its word alone.",
    ),
    "claim_range_ordered_unless_imported": worded(
        "low, value and high stand in this order.", desk="The low end, the value and the high end stand in this order."
    ),
    "claim_covers_ordered": worded(
        "covers_from is not after covers_to.", desk="What a claim covers does not begin after it ends."
    ),
    "claim_cell_has_a_figure": worded(
        "A cell needs a value, a low or a high.", desk="A part of a claim needs a value, or one end of a range."
    ),
    "claim_cell_ordered": worded(
        "low, value and high of a cell stand in this order.",
        desk="The low end, the value and the high end of a part stand in this order.",
    ),
    "claim_cell_unique": worded(
        "Two cells of one cut count the same part.", desk="Two parts of one breakdown count the same people."
    ),
    "claimcell": worded(
        "Two cells of one cut count the same part.", desk="Two parts of one breakdown count the same people."
    ),  # as SQLite names it
    "claim_relays_another": worded("A claim relays another one, not itself."),
    "claim_inferred_from_another": worded("A claim is inferred from another one, not from itself."),
    "claim_supersedes_another": worded("A claim supersedes another one, not itself."),
    "incident_start_ordered": worded(
        "start_earliest is not after start_latest.", desk="The earliest day of the start is not after the latest."
    ),
    "incident_end_ordered": worded(
        "end_earliest is not after end_latest.", desk="The earliest day of the end is not after the latest."
    ),
    "incident_ends": worded("An incident does not end before it starts."),
    "incident_act": worded("The same act, source and document are named twice."),
    "scope_incident_once": worded("The incident is in the scope already."),
    "incidents_scope.incident_id": worded("The incident is in the scope already."),  # as SQLite names it
    "investigation_period_ordered": worded(
        "period_from is not after period_to.", desk="The period does not begin after it ends."
    ),
}


def words_for(error: object) -> Sentence | None:
    """The sentence for the constraint that an error names; None where it names none."""
    text = str(error)
    return next((words for name, words in SENTENCES.items() if name in text), None)
