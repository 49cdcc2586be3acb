"""A learner's notebook takes in what is new in the course, and not a character of the learner's is lost."""

import copy
import random

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers.course.merge import NOTICE, identify, merge
from helpers.course.notebooks import read_notebook
from helpers.course.release import released
from helpers.course.syllabus import load_syllabus


def notebook(**sources):
    """A notebook of code cells by id; those that start with # are Markdown."""
    make = {True: new_markdown_cell, False: new_code_cell}
    return new_notebook(cells=[make[text.startswith("#")](text, id=name) for name, text in sources.items()])


def texts(merged):
    return {cell.id: cell.source for cell in merged.notebook.cells}


BASE = notebook(title="# Title", seed="seed = 0", answer="x = ...", check="check(x)")


def test_what_is_new_arrives_and_what_the_learner_wrote_stays():
    mine = notebook(title="# Title", seed="seed = 7", answer="x = 41", note="# mine", check="check(x)")
    new = notebook(title="# Better title", seed="seed = 0", answer="x = ...", check="check(x, 2)", more="y = ...")
    merged = merge(BASE, mine, new)
    assert merged.conflicts == 0
    assert texts(merged) == {
        "title": "# Better title",
        "seed": "seed = 7",
        "answer": "x = 41",
        "note": "# mine",
        "check": "check(x, 2)",
        "more": "y = ...",
    }


def test_where_both_changed_a_cell_the_new_one_comes_below_and_does_nothing():
    mine, new = copy.deepcopy(BASE), copy.deepcopy(BASE)
    mine.cells[1].source, new.cells[1].source = "seed = 7", 'seed = 1  # any ```int```\n"""````"""'
    merged = merge(BASE, mine, new)
    ids = [cell.id for cell in merged.notebook.cells]
    shown = merged.notebook.cells[2]
    assert merged.conflicts == 1
    assert [*ids[:2], *ids[3:]] == ["title", "seed", "answer", "check"]
    assert merged.notebook.cells[1].source == "seed = 7"
    assert shown.cell_type == "markdown"
    assert shown.source == f"{NOTICE}\n\n`````python\n{new.cells[1].source}\n`````"
    again = merge(new, merged.notebook, new)
    assert (again.conflicts, again.notebook) == (0, merged.notebook), "the same news is told once"


def test_outputs_stay_where_the_code_stays():
    mine, new = copy.deepcopy(BASE), copy.deepcopy(BASE)
    for cell in mine.cells[1:]:
        cell.outputs = [new_output("stream", text="seen")]
    new.cells[3].source = "check(x, 2)"
    seed, answer, check = merge(BASE, mine, new).notebook.cells[1:]
    assert [len(cell.outputs) for cell in (seed, answer, check)] == [1, 1, 0]


def test_metadata_arrive_and_the_learners_own_stay():
    base, mine, new = (copy.deepcopy(BASE) for _ in range(3))
    base.cells[3].metadata = {"nbgrader": {"points": 1}, "old": 1, "tags": ["W1.1"]}
    mine.cells[3].metadata = {"nbgrader": {"points": 1}, "old": 1, "scrolled": True, "tags": ["W1.1", "later"]}
    new.cells[3].metadata = {"nbgrader": {"points": 2}, "tags": ["W1.2"]}
    mine.metadata, new.metadata = {"kernelspec": {"name": "mine"}}, {"workbook": {"profiles": {}}}
    merged = merge(base, mine, new).notebook
    expected = {"nbgrader": {"points": 2}, "scrolled": True, "tags": ["W1.2", "later"]}
    assert merged.cells[3].metadata == expected
    assert merged.metadata == {"kernelspec": {"name": "mine"}, "workbook": {"profiles": {}}}


def test_cells_that_one_side_removed():
    mine = notebook(title="# Title, my way", seed="seed = 0", answer="x = ...")  # the check is gone
    new = notebook(answer="x = ...", check="check(x)")
    merged = merge(BASE, mine, new)
    assert texts(merged) == {"title": "# Title, my way", "answer": "x = ..."}
    new.cells[1].source = "check(x, 2)"
    assert "check" in texts(merge(BASE, mine, new)), "a mended cell comes back"


def test_moved_cells_stay_where_the_learner_put_them():
    mine = notebook(check="check(x)", title="# Title", own="1", seed="seed = 0", answer="x = ...")
    new = notebook(title="# Title", intro="# Intro", seed="seed = 0", answer="x = ...", check="check(x)")
    assert list(texts(merge(BASE, mine, new))) == ["check", "title", "intro", "own", "seed", "answer"]


def test_cells_are_known_without_their_ids():
    cells = [new_code_cell("x = 41", metadata={"nbgrader": {"grade_id": "a"}}), new_code_cell("check(x)")]
    known = copy.deepcopy(BASE.cells)
    known[2].metadata["nbgrader"] = {"grade_id": "a"}
    for cell in cells:
        del cell["id"]
    identify(cells, known)
    assert [cell.id for cell in cells] == ["answer", "check"]
    twice = [new_code_cell("1", id="answer"), new_code_cell("2", id="answer")]
    identify(twice, known)
    assert twice[0].id == "answer" != twice[1].id


def test_a_copy_in_the_format_without_ids_gets_the_one_with_them():
    mine = copy.deepcopy(BASE)
    mine.nbformat_minor = 4
    for cell in mine.cells:
        del cell["id"]
    merged = merge(BASE, mine, BASE).notebook
    nbformat.validate(merged)
    assert merged.nbformat_minor == 5


def test_without_the_old_version_nothing_of_the_learners_is_replaced():
    mine, new = copy.deepcopy(BASE), copy.deepcopy(BASE)
    mine.cells[1].source, new.cells[0].source = "seed = 7", "# Other title"
    new.cells[2].metadata["nbgrader"] = {"solution": True}
    new.cells[2].source = "y = ..."
    merged = merge(None, mine, new)
    sources = [cell.source for cell in merged.notebook.cells]
    assert (merged.conflicts, len(sources)) == (2, 6)
    assert {"# Title", "seed = 7", "x = ...", "check(x)"} < set(sources)
    assert f"{NOTICE}\n\n# Other title" in sources


WORDS = "alpha beta gamma delta = [ ] ... ``` \n # \t ' é ✔".split(" ")


def edited(original, rng, mark):
    """A notebook after some random edits, each of which leaves `mark` and a number in what it writes."""
    book = copy.deepcopy(original)
    for number in range(rng.randint(0, 8)):
        text = " ".join(rng.choices(WORDS, k=rng.randint(1, 6))) + f" {mark}{number}"
        place = rng.randrange(len(book.cells) + 1)
        kind = rng.choice("edit edit append insert remove move duplicate strip type".split())
        cell = book.cells[place] if place < len(book.cells) else None
        if kind == "insert":
            book.cells.insert(place, rng.choice([new_code_cell, new_markdown_cell])(text))
        elif cell is None:
            continue
        elif kind == "edit":
            cell.source = text
        elif kind == "append":
            cell.source += f"\n{text}"
        elif kind == "remove":
            del book.cells[place]
        elif kind == "move":
            book.cells.insert(rng.randrange(len(book.cells)), book.cells.pop(place))
        elif kind == "duplicate":
            book.cells.insert(place, copy.deepcopy(cell))
        elif kind == "strip":
            for other in book.cells:
                del other["id"]
            book = fresh_ids(book)
        elif kind == "type":
            book.cells[place] = new_markdown_cell(f"{cell.source} {text}", id=cell.id)
    return book


def fresh_ids(book):
    """A notebook as an editor saves it: every cell with an id, each there once."""
    return nbformat.from_dict(nbformat.validator.normalize(book)[1])


@pytest.mark.filterwarnings("ignore")  # the validator's, about the ids that the edits took away
@pytest.mark.parametrize("known", [True, False], ids=["base known", "base lost"])
def test_no_character_of_the_learners_is_ever_lost(known):
    """Over 200 random edits of both sides, whatever the learner wrote is in the merged notebook, and so is the news."""
    base = released(read_notebook(load_syllabus().notebooks[2].path))
    arrived = 0
    for seed in range(200):
        rng = random.Random(seed)
        mine, new = edited(base, rng, "learner"), fresh_ids(edited(base, rng, "course"))
        merged = merge(base if known else None, mine, new).notebook
        nbformat.validate(merged)
        result, given = [cell.source for cell in merged.cells], {cell.source for cell in base.cells}
        own = [cell.source for cell in mine.cells if cell.source not in given]
        assert [text for text in own if result.count(text) < own.count(text)] == [], seed
        news = [cell.source for cell in new.cells if cell.source not in given]
        if known:
            assert [text for text in news if text not in "\n".join(result)] == [], seed
        arrived += len(news)
        assert texts(merge(new, merged, new)) == {cell.id: cell.source for cell in merged.cells}, "settled, once merged"
    assert arrived > 200
