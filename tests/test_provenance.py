"""The key of a run holds everything that can change its result and nothing else; a stamp shows what was changed."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers.course import provenance
from helpers.course.notebooks import CourseError, load_notebook, read_notebook
from helpers.course.provenance import differences, inputs_of, key_of, stamp
from helpers.course.syllabus import find_notebooks, notebook_key


def key(folder, *sources, parameters=None, kernel=None):
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    return key_of(inputs_of(notebook, folder / "a.ipynb", parameters or {}, kernel=kernel))


@pytest.mark.parametrize(
    "cell",
    [
        "import mine",
        "from mine import x",
        "%matplotlib inline\nimport mine",
        "%config InlineBackend.figure_format = 'retina'\nfrom mine import x\n!ls",
        "files = !ls\nimport mine",
        "import importlib\nmodule = importlib.import_module('mine')",
        "import importlib\nname = 'mi' + 'ne'\nmodule = importlib.import_module(name)",
        "module = __import__('mine')",
        "%run mine.py",
        "%run -i mine",
        "import runpy\nrunpy.run_path('mine.py')",
        "from package.inner import y",
    ],
)
def test_a_helper_counts_however_it_is_loaded(tmp_path, cell):
    (tmp_path / "mine.py").write_text("import theirs\n")
    (tmp_path / "theirs.py").write_text("x = 1\n")
    (tmp_path / "other.txt").write_text("y = 1\n")
    (tmp_path / "package").mkdir()
    (tmp_path / "package/__init__.py").write_text("")
    (tmp_path / "package/inner.py").write_text("from .deep import y\nfrom .. import theirs\n")
    (tmp_path / "package/deep.py").write_text("y = 1\n")
    before = key(tmp_path, cell)
    assert key(tmp_path, cell) == before
    changed = "package/deep.py" if "package" in cell else "theirs.py"
    (tmp_path / changed).write_text("z = 2\n")
    assert key(tmp_path, cell) != before


@pytest.mark.parametrize("cell", ["from package.inner import y", "import package.inner as inner"])
def test_the_package_around_a_module_counts(tmp_path, cell):
    (tmp_path / "package").mkdir()
    (tmp_path / "package/inner.py").write_text("y = 1\n")
    keys = set()
    for text in ("x = 1\n", "x = 2\n"):
        (tmp_path / "package/__init__.py").write_text(text)
        keys.add(key(tmp_path, cell))
    assert len(keys) == 2


def test_a_module_that_is_not_loaded_does_not_count(tmp_path):
    (tmp_path / "other.py").write_text("y = 1\n")
    before = key(tmp_path, "import json\nx = 1")
    (tmp_path / "other.py").write_text("y = 2\n")
    assert key(tmp_path, "import json\nx = 1") == before


@pytest.mark.parametrize("path", find_notebooks(["week1", "week2"]), ids=notebook_key)
def test_a_notebook_does_not_depend_on_the_topics_of_others(path):
    topic = path.stem.partition("_")[2]
    names = inputs_of(read_notebook(path), path, {})["helpers"]
    checks = [name for name in names if name.startswith("helpers/checks/") and "__init__" not in name]
    assert checks == [f"helpers/checks/{topic}.py"]


def test_a_style_sheet_beside_a_module_counts(tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("STYLE = 'look.mplstyle'\n")
    (package / "look.mplstyle").write_text("a")
    before = key(tmp_path, "import package")
    (package / "look.mplstyle").write_text("b")
    assert key(tmp_path, "import package") != before


def test_every_input_changes_the_key(tmp_path, monkeypatch):
    keys = [key(tmp_path, "x = 1"), key(tmp_path, "x = 2"), key(tmp_path, "x = 1", parameters={"n": 1})]
    keys.append(key(tmp_path, "x = 1", kernel="other"))
    for text in "ab":
        for name in ("labels.csv", "notes.txt", "no_ending"):
            (tmp_path / name).write_text(text)
            keys.append(key(tmp_path, "x = 1"))
        (tmp_path / "deep").mkdir(exist_ok=True)
        (tmp_path / "deep/labels.csv").write_text(text)
        keys.append(key(tmp_path, "x = 1", parameters={"labels": "deep/labels.csv"}))
    with monkeypatch.context() as patch:
        patch.setattr(provenance, "_data_files", lambda folder: {"digits": "x"})
        keys.append(key(tmp_path, "x = 1"))
    for name in ("numpy", "python"):
        with monkeypatch.context() as patch:
            versions = provenance.package_versions() | {name: "0.0"}
            patch.setattr(provenance, "package_versions", lambda versions=versions: versions)
            keys.append(key(tmp_path, "x = 1"))
    assert len(set(keys)) == len(keys)


def test_text_and_tags_that_change_nothing_do_not_count(tmp_path):
    plain = new_notebook(cells=[new_code_cell("x = 1")])
    told = new_notebook(cells=[new_markdown_cell("# Why"), new_code_cell("x = 1", metadata={"tags": ["W1.2"]})])
    skipped = new_notebook(cells=[new_code_cell("x = 1", metadata={"tags": ["skip-execution"]})])
    keys = [key_of(inputs_of(notebook, tmp_path / "a.ipynb", {})) for notebook in (plain, told, skipped)]
    assert keys[0] == keys[1] != keys[2]


def test_a_text_that_is_no_file_name_is_a_value(tmp_path):
    for value in ("x" * 5000, "null\0byte", ""):
        assert key(tmp_path, "x = 1", parameters={"note": value})


@pytest.fixture
def stamped(tmp_path):
    """A stamped file and its source."""
    source, file = tmp_path / "source.ipynb", tmp_path / "executed.ipynb"
    notebook = new_notebook(cells=[new_code_cell("x = 4\nx")])
    nbformat.write(notebook, source)
    inputs = inputs_of(notebook, source, {"n": 2})
    notebook.cells[0].outputs = [new_output("execute_result", data={"text/plain": "4"}, execution_count=1)]
    stamp(notebook, source, inputs, seconds=1.234)
    nbformat.write(notebook, file)
    return file, source


def test_an_untouched_file_is_as_stamped_also_after_another_program_saved_it(stamped):
    file, _ = stamped
    assert differences(file) == []
    notebook = nbformat.read(file, as_version=4)
    notebook.metadata["language_info"] = {"name": "python", "version": "3.11.7"}
    notebook.cells[0].metadata["trusted"] = True
    file.write_text(json.dumps(json.loads(nbformat.writes(notebook)), indent=4))
    assert differences(file) == []


def test_every_field_of_a_stamp_is_covered(stamped):
    file, _ = stamped
    whole = json.loads(file.read_text())
    for name, value in whole["metadata"]["workbook"]["provenance"].items():
        forged = json.loads(json.dumps(whole))
        other = {**value, "more": "x"} if isinstance(value, dict) else 9.0 if isinstance(value, float) else "x" * 64
        forged["metadata"]["workbook"]["provenance"][name] = other
        file.write_text(json.dumps(forged))
        assert differences(file), name


def test_a_changed_output_or_source_is_named(stamped):
    file, source = stamped
    text = file.read_text()
    file.write_text(text.replace('"4"', '"5"'))
    assert differences(file) == ["content: the executed notebook was changed after its run"]
    file.write_text(text)
    nbformat.write(new_notebook(cells=[new_code_cell("x = 5")]), source)
    assert [line.split(":")[0] for line in differences(file)] == ["source"]
    source.unlink()
    assert differences(file) == [f"source: {source}: no such file"]


@pytest.mark.parametrize("provenance", [None, [], "x", {}, {"key": "x"}])
def test_a_damaged_stamp_is_none(stamped, provenance):
    file, _ = stamped
    notebook = json.loads(file.read_text())
    notebook["metadata"]["workbook"]["provenance"] = provenance
    file.write_text(json.dumps(notebook))
    assert load_notebook(file)
    with pytest.raises(CourseError, match="carries no provenance"):
        differences(file)


@pytest.mark.parametrize(
    "code",
    [
        "open('deep/labels.csv')",
        'open(Path("deep") / f"{name}.csv")',
        "%time open('deep/labels.csv')",
        "open('../outside.csv')",
        "import mine",
    ],
)
def test_a_file_elsewhere_that_the_code_names_counts(tmp_path, code):
    folder = tmp_path / "notebooks"
    (folder / "deep").mkdir(parents=True)
    (folder / "mine.py").write_text("PATH = 'deep'")
    keys = set()
    for text in "ab":
        (folder / "deep/labels.csv").write_text(text)
        (tmp_path / "outside.csv").write_text(text)
        keys.add(key(folder, code))
    assert len(keys) == 2


def test_a_file_in_a_subfolder_that_the_code_does_not_name_does_not_count(tmp_path):
    (tmp_path / "runs").mkdir()
    before = key(tmp_path, "open('other', 'w')")
    (tmp_path / "runs/sweep.csv").write_text("1")
    assert key(tmp_path, "open('other', 'w')") == before
