"""The labeling session and its file: what a click writes, and what a bad file is told."""

import pandas as pd
import pytest

from helpers.datasets import load_mnist
from helpers.labeling_session import LabelingSession, LabelsError, read_labels

GOOD = "item,labeler,label\n3,Ana,7\n3,Ben,1\n4,Ana,?\n3,Ana,1\n"


def write(folder, text, name="votes.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_votes_are_read_and_the_last_one_counts(tmp_path):
    votes = read_labels(write(tmp_path, GOOD))
    assert votes.loc[3].to_dict() == {"Ana": "1", "Ben": "1"}
    assert votes.loc[4, "Ana"] == "?"
    assert pd.isna(votes.loc[4, "Ben"])


def test_a_folder_of_files_is_one_session(tmp_path):
    write(tmp_path, "item,labeler,label\n3,Ana,7\n", "ana.csv")
    write(tmp_path, "item,labeler,label\n3,Ben,1\n", "ben.csv")
    assert read_labels(tmp_path).loc[3].to_dict() == {"Ana": "7", "Ben": "1"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"votes.csv must be a CSV table with item, labeler, label \(got: "),
        ("item,label\n3,7\n", r"votes.csv must have the columns item, labeler, label \(got no labeler\)"),
        (GOOD + "x,Ana,7\n", r"votes.csv, line 6: item must be a whole number from 0 to 4999 \(got 'x'\)"),
        (GOOD + "5000,Ana,7\n", r"votes.csv, line 6: item must be a whole number from 0 to 4999 \(got '5000'\)"),
        (GOOD + "5,,7\n", r"votes.csv, line 6: labeler must be a name \(got ''\)"),
        (GOOD + "5,Ana,77\n", r"votes.csv, line 6: label must be a digit 0 to 9 or \? \(got '77'\)"),
        (GOOD + "5,Ana,7,7,7\n", r"votes.csv must be a CSV table"),
        ("item,labeler,label\n3,Ana,7\n", r"'labels_csv' must have votes of 2 or more labelers \(got 1 in votes.csv\)"),
    ],
)
def test_a_bad_file_gets_one_clear_line(tmp_path, text, message):
    with pytest.raises(LabelsError, match=message) as caught:
        read_labels(write(tmp_path, text))
    shown = caught.value._render_traceback_()
    assert len(shown) == 1
    assert "\n" not in shown[0]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(LabelsError, match=r"must be a CSV file or a folder of CSV files \(got '.*nowhere.csv'\)"):
        read_labels(tmp_path / "nowhere.csv")


def test_a_binary_file_gets_one_clear_line(tmp_path):
    path = tmp_path / "picture.csv"
    path.write_bytes(b"\x89PNG\r\n\xff\xfe")
    with pytest.raises(LabelsError, match="picture.csv must be a CSV table"):
        read_labels(path)


def test_clicks_append_to_the_file(tmp_path):
    X, _ = load_mnist()
    path = tmp_path / "session.csv"
    for name, answers in (("Ana", "71"), ("Ben", "1?")):
        session = LabelingSession(X, [1701, 3895], path=path)
        text, picture, buttons, status = session.widget.children
        buttons.children[7].click()
        assert status.value == "Please type your name first."
        text.value = name
        first = picture.value
        for label in answers:
            next(button for button in buttons.children if button.description == label).click()
        assert picture.value != first
        assert status.value == "Thank you. All answers are in session.csv."
        session.answer("5")  # nothing left to label
    votes = read_labels(path)
    assert votes.loc[1701].to_dict() == {"Ana": "7", "Ben": "1"}
    assert votes.loc[3895].to_dict() == {"Ana": "1", "Ben": "?"}
