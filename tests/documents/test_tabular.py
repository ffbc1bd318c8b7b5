"""Cells of exported tables never start a formula, and numbers stay numbers."""

import csv
import io

import pytest

from incidents.documents.tabular import Cell, csv_text, safe


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\nx",
        " =1",
        "\u00a0@x",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        " \uff20x",
        "\ufeff=1",
    ],
)
def test_a_cell_that_would_be_a_formula_is_marked(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("value", [-36.1, -5, 0, 12])
def test_a_number_by_type_stays_one(value: float) -> None:
    assert safe(value) == value


def test_nothing_is_an_empty_cell_and_truth_is_a_word() -> None:
    assert [safe(None), safe(cell=True), safe(cell=False)] == ["", "true", "false"]


def test_what_is_written_is_read_again() -> None:
    rows: list[dict[str, Cell]] = [{"a": 'a "quoted", text\nof two lines', "b": 3}, {"a": "القرداحة", "b": None}]
    text = csv_text({"a": "#a", "b": ""}, rows, hashtags=True)
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read == [["a", "b"], ["#a", ""], ['a "quoted", text\nof two lines', "3"], ["القرداحة", ""]]
