"""A learner's copy of the course is made, and later updates come into it."""

import json

import pytest
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_output

from helpers.course import learner_copy
from helpers.course.cli import main
from helpers.course.learner_copy import OLD_MANIFEST, RELEASED, find_copy, start
from helpers.course.merge import NOTICE
from helpers.course.notebooks import CourseError, read_notebook, write_notebook
from helpers.course.syllabus import load_syllabus

NAMES = [f"{entry.key}.ipynb" for entry in load_syllabus().notebooks[:4]]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A learner's copy of a course of four notebooks."""
    sources = [entry.path for entry in load_syllabus().notebooks[:4]]
    monkeypatch.setattr(learner_copy, "find_notebooks", lambda names: sources)
    assert {item.state for item in start(tmp_path / "mine")} == {"new"}
    return tmp_path / "mine"


@pytest.fixture
def news(monkeypatch):
    """A later version of the course: every first cell has a further line, every check some other points."""
    original = learner_copy.released

    def newer(notebook):
        student = original(notebook)
        student.cells[0].source += "\nnew in this version"
        next(c for c in student.cells if c.metadata.get("nbgrader", {}).get("grade")).metadata.nbgrader.points = 17
        return student

    return lambda: monkeypatch.setattr(learner_copy, "released", newer)


def states(folder):
    return [item.state for item in start(folder)]


def edit(path, *, first="", last=""):
    mine = read_notebook(path)
    mine.cells[0].source += first
    mine.cells[-1].source += last
    code = next(cell for cell in mine.cells if cell.cell_type == "code")
    code.outputs = [new_output("stream", text="ran")]
    write_notebook(mine, path)
    return code


def test_an_update_is_merged_into_what_the_learner_wrote(folder, news, capsys):
    edit(folder / NAMES[0], last="\nmy note")
    edit(folder / NAMES[1], first="\nmy note")
    (folder / NAMES[2]).unlink()
    assert states(folder) == ["unchanged", "unchanged", "new", "unchanged"]
    news()
    capsys.readouterr()
    assert main(["start", str(folder)]) == 0
    told = capsys.readouterr().out
    assert "you changed 1 cell of it too: yours stay, the new ones are below them" in told
    assert told.endswith("4 notebooks, 4 updated\n")
    merged, conflict, *_ = (read_notebook(folder / name) for name in NAMES)
    assert merged.cells[0].source.endswith("\nnew in this version")
    assert merged.cells[-1].source.endswith("\nmy note")
    assert "ran" in str(merged.cells[1].outputs)
    assert '"points": 17' in (folder / NAMES[0]).read_text(encoding="utf-8")
    assert conflict.cells[0].source.endswith("\nmy note")
    assert conflict.cells[1].source.startswith(NOTICE)
    assert conflict.cells[1].source.endswith("\nnew in this version")
    assert states(folder) == ["unchanged"] * 4
    main(["start", str(folder)])
    assert capsys.readouterr().out.endswith("4 notebooks, nothing new\n")


def test_one_broken_file_does_not_stop_the_others(folder, news, capsys):
    (folder / NAMES[0]).write_text("<<<<<<< HEAD", encoding="utf-8")
    edit(folder / NAMES[1], last="\nmy note")
    (folder / RELEASED / NAMES[1]).write_text("damaged", encoding="utf-8")
    foreign = read_notebook(folder / NAMES[2])
    foreign.cells = foreign.cells[:1]
    foreign.cells[0].id = "another"
    write_notebook(foreign, folder / NAMES[2])
    (folder / RELEASED / NAMES[2]).unlink()
    news()
    assert main(["start", str(folder)]) == 0
    told = capsys.readouterr().out
    assert "not a notebook" in told
    assert "move it away, and 'workbook start" in told
    assert "another notebook of this name" in told
    assert told.endswith("4 notebooks, 2 updated, 2 left alone\n")
    assert "my note" in (folder / NAMES[1]).read_text(encoding="utf-8")
    assert (folder / NAMES[0]).read_text(encoding="utf-8") == "<<<<<<< HEAD"
    assert "new in this version" not in (folder / NAMES[2]).read_text(encoding="utf-8")
    assert "new in this version" in (folder / NAMES[3]).read_text(encoding="utf-8")


def test_one_file_that_cannot_be_written_does_not_stop_the_others(folder, news, monkeypatch):
    write = learner_copy.write_notebook

    def guarded(notebook, path):
        if path == folder / NAMES[1]:
            raise CourseError(f"{path}: cannot be written (Permission denied)")
        write(notebook, path)

    monkeypatch.setattr(learner_copy, "write_notebook", guarded)
    news()
    assert states(folder) == ["updated", "left alone", "updated", "updated"]
    monkeypatch.setattr(learner_copy, "write_notebook", write)
    assert states(folder) == ["unchanged", "updated", "unchanged", "unchanged"]


def test_a_folder_that_cannot_be_written_is_named(folder, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CourseError, match="file"):
        start(tmp_path / "file")


def test_a_command_to_type_quotes_its_folder(folder):
    (folder.parent / "my copy").mkdir()
    (folder.parent / "my copy/week1").mkdir()
    (folder.parent / "my copy" / NAMES[0]).write_bytes(b"\xff")
    (first, *_) = start(folder.parent / "my copy")
    assert "not text in UTF-8" in first.reason
    assert f'workbook start "{folder.parent / "my copy"}"' in first.reason


def test_a_copy_of_the_first_version_is_updated_too(folder, news):
    manifest = {}
    for name in NAMES:
        manifest[name] = [[cell.cell_type, cell.source] for cell in read_notebook(folder / name).cells]
        (folder / RELEASED / name).unlink()
    (folder / OLD_MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    edit(folder / NAMES[0], last="\nmy note")
    news()
    whole = (folder / NAMES[1]).read_bytes()
    (folder / NAMES[1]).write_bytes(b"broken")
    assert states(folder) == ["updated", "left alone", "updated", "updated"]
    assert (folder / OLD_MANIFEST).exists(), "the one that was left alone still needs it"
    (folder / NAMES[1]).write_bytes(whole)
    assert [(item.state, item.conflicts) for item in start(folder)] == [
        ("updated" if name == NAMES[1] else "unchanged", 0) for name in NAMES
    ]
    text = (folder / NAMES[0]).read_text(encoding="utf-8")
    assert "my note" in text
    assert "new in this version" in text
    assert not (folder / OLD_MANIFEST).exists()


def test_what_jupyter_trusts_it_goes_on_trusting(folder, news, monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    for name in NAMES[:2]:
        edit(folder / name)
    NotebookNotary().sign(read_notebook(folder / NAMES[0]))
    news()
    start(folder)
    trusted = [NotebookNotary().check_signature(read_notebook(folder / name)) for name in NAMES[:2]]
    assert trusted == [True, False]


def test_the_copy_is_found_from_inside_it(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(folder / "week1")
    assert find_copy() == folder
    assert find_copy("other").name == "other"
    monkeypatch.chdir(tmp_path)
    assert str(find_copy()) == "my-workbook"


def test_text_that_no_file_can_hold_is_told_in_a_line(tmp_path):
    from helpers.course.notebooks import CourseError, write_atomically

    with pytest.raises(CourseError, match="half a character"):
        write_atomically(tmp_path / "x.ipynb", "\ud800")
    assert list(tmp_path.iterdir()) == []
