"""The labeling session and its file: what a click writes, and what a bad file is told."""

import pandas as pd
import pytest

from helpers.datasets import load_mnist
from helpers.label_session import LabelingSession, LabelsError, read_labels

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
        ("item;labeler;label\n3;Ana;7\n", r"label \(got other signs than commas between the columns\)"),
        ("item,labeler,label\n", r"'labels_csv' must have at least one vote \(got none in votes.csv\)"),
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


def test_one_person_is_enough_and_capitals_make_no_second_one(tmp_path):
    votes = read_labels(write(tmp_path, "item,labeler,label\n3,Ana,7\n4,ana,1\n3,ANA,2\n"))
    assert votes.to_dict() == {"Ana": {3: "2", 4: "1"}}


@pytest.fixture
def session(tmp_path, monkeypatch):
    monkeypatch.setattr("helpers.label_session.PAUSE_S", 0)
    return LabelingSession(load_mnist()[0], [1701, 3895], path=tmp_path / "session.csv")


def parts(session):
    name, picture, row, typed, status = session.widget.children
    return name, picture, {button.description: button for button in row.children}, typed, status


def test_clicks_append_to_the_file(session):
    name, picture, buttons, _, status = parts(session)
    buttons["7"].click()
    assert status.value == "Please type your name first."
    for person, answers in (("Ana", "71"), ("Ben", "1?")):
        name.value = person
        assert status.value == "Digit 1 of 2"  # each name starts anew
        first = picture.value
        for label in answers:
            buttons[label].click()
        assert picture.value != first
        assert status.value.startswith("Thank you. All answers are in session.csv.")
        session.answer("5")  # nothing left to label
    votes = read_labels(session.path)
    assert votes.loc[1701].to_dict() == {"Ana": "7", "Ben": "1"}
    assert votes.loc[3895].to_dict() == {"Ana": "1", "Ben": "?"}


def test_a_person_who_comes_back_goes_on_where_they_were(session):
    name, _, buttons, _, status = parts(session)
    for person in ("Ana", "Ben", "ana"):
        name.value = person
        buttons["3"].click()
    assert status.value.startswith("Thank you")
    assert read_labels(session.path)["Ana"].tolist() == ["3", "3"]


def test_an_answer_can_be_taken_back(session):
    name, picture, buttons, _, status = parts(session)
    name.value, first = "Ana", picture.value
    buttons["Back"].click()  # there is nothing to take back
    buttons["7"].click()
    buttons["Back"].click()
    assert (picture.value, status.value) == (first, "Digit 1 of 2")
    buttons["1"].click()
    assert read_labels(session.path)["Ana"].to_dict() == {1701: "1"}


def test_an_answer_can_be_typed(session):
    name, _, _, typed, status = parts(session)
    name.value = "Ana"
    typed.value = "x"
    assert (typed.value, status.value) == ("", "Digit 1 of 2")
    typed.value = "4"
    typed.value = "?"
    assert typed.value == ""
    assert read_labels(session.path)["Ana"].tolist() == ["4", "?"]


def test_a_double_click_is_one_answer(session, monkeypatch):
    monkeypatch.setattr("helpers.label_session.PAUSE_S", 60)
    name, _, buttons, _, status = parts(session)
    session._clicked_at = -1e9
    name.value = "Ana"
    buttons["7"].click()
    buttons["7"].click()
    assert status.value == "Digit 2 of 2"


def test_a_folder_gets_one_file_per_name_and_is_made(tmp_path):
    session = LabelingSession(load_mnist()[0], [1701], path=tmp_path / "class" / "labels")
    for person in ("Ana B.", "Ben"):
        parts(session)[0].value = person
        session.answer("7")
    assert sorted(file.name for file in session.path.iterdir()) == ["ana_b_.csv", "ben.csv"]
    assert list(read_labels(session.path).columns) == ["Ana B.", "Ben"]


def test_a_place_where_nothing_can_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    session = LabelingSession(load_mnist()[0], [1701], path=tmp_path / "file" / "votes.csv")
    name, _, _, _, status = parts(session)
    name.value = "Ana"
    session.answer("7")
    assert status.value.startswith("Nothing was written: ")
    assert session.position == 0
