"""The course as a folder of pages: the committed notebooks, the guides and the reference, built with Sphinx.

No notebook is executed while pages are built. What a slider shows comes from the runs of
:mod:`helpers.course.site_sliders`, and :mod:`helpers.course.site_answers` asks the checks what can be tried on a page.
"""

import ast
import base64
import functools
import hashlib
import html
import importlib
import os
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.course.claims import MIME
from helpers.course.notebooks import CourseError, read_notebook, tags
from helpers.course.site_answers import form_of, questions_of
from helpers.course.syllabus import NOTEBOOKS, ROOT, Entry, Syllabus, load_syllabus

if TYPE_CHECKING:
    from nbformat import NotebookNode

THEME = ROOT / "docs/site"
PACKAGES = ROOT / ".venv/for-site"
WORK = ROOT / ".workbook/site"
PAGES = {  # of the repository, and where each lies on the site
    "README.md": "index.md",
    "docs/coverage.md": "coverage.md",
    "docs/ledger.md": "ledger.md",
    "docs/learner.md": "guides/learner.md",
    "docs/audit.md": "guides/audit.md",
    "docs/instructor.md": "guides/instructor.md",
    "docs/maintainer.md": "guides/maintainer.md",
    "CONTRIBUTING.md": "guides/contributing.md",
    "docs/speeds.md": "guides/speeds.md",
    "data/README.md": "guides/data.md",
    "CHANGELOG.md": "guides/changelog.md",
}
FILES = {  # linked as files
    Path(file).name: file
    for file in [
        "LICENSE",
        "CITATION.cff",
        "pyproject.toml",
        "docs/notebook.png",
        "docs/audits/flights.html",
        "docs/audits/biopsies.html",
    ]
}
GUIDES = ("learner", "audit", "instructor", "maintainer", "contributing", "data", "speeds", "changelog")
_MARKS = re.compile(r"^\s*### (BEGIN|END) SOLUTION\n?", re.MULTILINE)
_TESTS = re.compile(r"^### BEGIN HIDDEN TESTS\n.*?^### END HIDDEN TESTS\n?", re.MULTILINE | re.DOTALL)
_DATA = re.compile(r"data:(audio|image)/(\w+);base64,([A-Za-z0-9+/=\s]+)")
_LINK = re.compile(r"(\]\()([^)#\s]+)(#[^)]*)?(\))")


def check_site(target: Path) -> None:
    """Raise CourseError where a folder holds something else than a site, or the packages that build one are missing."""
    if target.exists() and any(target.iterdir()) and not (target / "searchindex.js").exists():
        raise CourseError(f"{target} is not a site; name a folder that is empty or new")
    _of_the_site("markdown_it")  # not sphinx itself, whose presence SciPy would notice when a check imports it


def build_site(target: Path, sliders: Mapping[str, Sequence] = {}, *, launch: Sequence[Mapping] = ()) -> None:
    """Build the site into a folder.

    Parameters
    ----------
    target : Path
        The folder; what an earlier build left there is brought up to date.
    sliders : mapping
        By notebook: its moved parameters, as :func:`helpers.course.site_sliders.compare` gives them.
    launch : sequence of mapping
        Buttons that open a notebook elsewhere: each with ``name``, and ``url`` in which ``{key}`` stands for its name.

    Raises
    ------
    CourseError
        As :func:`check_site`, and where Sphinx fails.
    """
    check_site(target)
    stage(WORK / "source", sliders, launch=launch)
    where = os.pathsep.join([str(PACKAGES), str(ROOT)])
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-c", THEME, "-d", WORK / "doctrees"]
    command += ["-j", "auto", WORK / "source", WORK / "html"]
    done = subprocess.run([str(part) for part in command], cwd=ROOT, env={**os.environ, "PYTHONPATH": where})
    if done.returncode:
        raise CourseError("Sphinx could not build the site; what is wrong stands above")
    _forget_old_pages(WORK / "source", WORK / "html")
    try:
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(WORK / "html", target)
        for name in ("media", "downloads", "sliders"):
            if (WORK / "source" / name).exists():
                shutil.copytree(WORK / "source" / name, target / name)
    except OSError as error:
        raise CourseError(f"cannot write {target}: {error.strerror}") from None


def stage(folder: Path, sliders: Mapping[str, Sequence] = {}, *, launch: Sequence[Mapping] = ()) -> None:
    """Write what Sphinx reads: notebooks with their outputs as HTML, pages with their links, the reference."""
    syllabus = load_syllabus()
    files: dict[str, bytes] = {}
    for entry in syllabus.notebooks:
        notebook = read_notebook(entry.path)
        page = notebook_page(entry, notebook, files, sliders.get(entry.key, ()), launch)
        files[f"{entry.key}.ipynb"] = _written(page)
        files[f"downloads/{entry.key}.ipynb"] = entry.path.read_bytes()
    for week in syllabus.weeks:
        files[f"{week}/index.md"] = week_page(syllabus, week).encode()
    for source, place in PAGES.items():
        if place != "index.md":
            files[place] = with_links((ROOT / source).read_text(encoding="utf-8"), source).encode()
    for name, file in FILES.items():
        files[f"files/{name}"] = (ROOT / file).read_bytes()
    files["index.md"] = home_page(syllabus, files).encode()
    files["guides/index.md"] = _contents("Guides", GUIDES).encode()
    files |= reference_pages()
    for moved in (one for several in sliders.values() for one in several):
        files |= moved.files
    _write_all(folder, files)


def notebook_page(entry: Entry, notebook: "NotebookNode", files: dict, moved: Sequence, launch: Sequence) -> Any:
    """A notebook as Sphinx is given it: solutions and checks to be folded, every output as HTML, sliders if it has any.

    An exercise that can be tried on the page has a form before its solution. Pictures and sounds are added to `files`,
    so that a page stays small.
    """
    from nbformat.v4 import new_markdown_cell

    cells, changing = [], {cell for one in moved for changed in one.cells for cell in changed}
    tried = questions_of(entry, notebook)
    for place, cell in enumerate(notebook.cells):
        declares, graded = "parameters" in tags(cell), cell.metadata.get("nbgrader", {})
        if graded.get("solution") and (asked := tried.get(name := graded["grade_id"])):
            cells.append(new_markdown_cell(form_of(entry.key, name, asked), id=f"site-try-{cell.id}"))
        cells.append(_page_cell(cell, files, changes=cell.id in changing))
        if place == 0:
            cells.append(new_markdown_cell(_actions(entry, launch), id="site-actions"))
        if declares and moved:
            cells.append(new_markdown_cell(_slider_panel(entry, moved), id="site-sliders"))
    notebook.cells = cells
    notebook.metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    return notebook


def _page_cell(cell: "NotebookNode", files: dict, *, changes: bool) -> "NotebookNode":
    from nbformat.v4 import new_output

    graded = cell.metadata.get("nbgrader", {})
    only_draws = "hide-input" in cell.metadata.get("tags", [])
    cell.metadata = {"tags": ["hide-input"]} if only_draws or graded.get("solution") else {}
    if only_draws:
        cell.metadata["mystnb"] = {"code_prompt_show": "Show the code", "code_prompt_hide": "Hide the code"}
    if cell.cell_type != "code":
        return cell
    cell.source = _TESTS.sub("", _MARKS.sub("", cell.source))
    cell.execution_count = None
    shown = cell_html(cell, files)
    if not (shown or changes):
        cell.outputs = []
        return cell
    shown = f'<div class="wb-cell" data-cell="{html.escape(cell.id)}">{shown}</div>'
    if graded.get("grade"):
        shown = f"<details><summary>What the check says about a right answer</summary>{shown}</details>"
    cell.outputs = [new_output("display_data", data={"text/html": shown})]
    return cell


def cell_html(cell: "NotebookNode", files: dict) -> str:
    """What a code cell has put out, as HTML; its pictures and sounds are added to `files`."""
    return "".join(_output_html(output, files) for output in cell.outputs)


def _output_html(output: Mapping, files: dict) -> str:
    data = output.get("data", {})
    if output["output_type"] == "stream":
        return _plain(output["text"])
    if "image/png" in data:
        alt = output.get("metadata", {}).get("image/png", {}).get("alt") or data.get("text/plain", "")
        return _image(base64.b64decode(data["image/png"]), alt, files)
    if "text/html" in data:
        return _html(data, files)
    if "text/markdown" in data:
        return f'<div class="wb-text">{_markdown(data["text/markdown"])}</div>'
    return _plain(data.get("text/plain", ""))


def _plain(text: str) -> str:
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return f'<pre class="wb-text" tabindex="0">{html.escape(text)}</pre>' if text else ""


def _html(data: Mapping, files: dict) -> str:
    text = re.sub(r"<style.*?</style>\s*", "", data["text/html"], flags=re.DOTALL)
    text = _DATA.sub(lambda found: "../" + _kept(base64.b64decode(found[3]), found[2], files), text)
    text = text.replace("<audio ", '<audio preload="none" ')  # nobody hears all of them
    if "<table" in text:
        return f'<div class="wb-table" tabindex="0" role="group" aria-label="table">{_tidy_table(text)}</div>'
    told = data.get(MIME, {})
    if told.get("kind") == "claim":
        return f'<div class="wb-claim" data-holds="{str(told["holds"]).lower()}">{text}</div>'
    return f'<div class="wb-html">{text}</div>'


def _tidy_table(text: str) -> str:
    """A table of pandas without its border, and with no heading that is empty."""
    return re.sub(r"<th>\s*</th>", "<td></td>", text.replace(' border="1"', ""))


def _markdown(text: str) -> str:
    """Markdown as HTML, with links between notebooks as links between pages."""
    rendered = _of_the_site("markdown_it").MarkdownIt("commonmark").enable("table").render(text)
    return re.sub(r'href="([^":]+)\.ipynb', r'href="\1.html', rendered)


@functools.cache
def _of_the_site(name: str) -> Any:
    """A module of the packages that build the site, which lie apart from those of the course."""
    sys.path.append(str(PACKAGES))
    try:
        return importlib.import_module(name)
    except ImportError:
        raise CourseError("the site needs some packages more: make site, or as the README says for Windows") from None
    finally:
        sys.path.remove(str(PACKAGES))


def _image(png: bytes, alt: str, files: dict) -> str:
    width, height = struct.unpack(">II", png[16:24])
    source = _kept(png, "png", files)
    return (
        f'<img class="wb-figure" src="../{source}" alt="{html.escape(alt)}" width="{width}" height="{height}" '
        f'loading="lazy">'
    )


def _kept(content: bytes, kind: str, files: dict) -> str:
    """Where a picture or sound lies on the site; it is named by what is in it."""
    name = f"media/{hashlib.sha256(content).hexdigest()[:16]}.{kind}"
    files[name] = content
    return name


def _actions(entry: Entry, launch: Sequence[Mapping]) -> str:
    links = [f'<a href="../downloads/{entry.key}.ipynb" download>Download the notebook</a>']
    links += [f'<a href="{html.escape(one["url"].format(key=entry.key))}">{one["name"]}</a>' for one in launch]
    return f'<p class="wb-actions">{" ".join(links)}</p>'


def _slider_panel(entry: Entry, moved: Sequence) -> str:
    """The sliders of a notebook; without JavaScript they stay hidden, and the committed values are what is shown."""
    lines = [f'<div class="wb-sliders" data-notebook="{entry.key}" role="group" aria-label="Parameters" hidden>']
    lines += ["<p>Move a value: every result below that depends on it changes, and a claim that fails turns red.</p>"]
    for one in moved:
        name, values = one.parameter.name, " ".join(map(str, one.values))
        here, last = one.values.index(one.parameter.default), len(one.values) - 1
        what = html.escape(re.sub(r", [^,]* to [^,]*$", "", one.parameter.help))
        lines += [
            f'<div class="wb-slider"><label for="wb-{name}"><code>{name}</code> {what}</label>'
            f'<input type="range" id="wb-{name}" min="0" max="{last}" value="{here}" step="1" data-default="{here}" '
            f'data-name="{name}" data-values="{values}" data-source="../{one.script}">'
            f'<output for="wb-{name}">{one.parameter.default}</output></div>'
        ]
    lines += ['<p class="wb-told" role="status"></p>', "</div>"]
    return "\n".join(lines)


def week_page(syllabus: Syllabus, week: str) -> str:
    """A week: its notebooks with question, minutes and objectives."""
    books = [entry for entry in syllabus.notebooks if entry.week == week]
    minutes = sum(entry.minutes for entry in books)
    title = f"# Week {week.removeprefix('week')}: {syllabus.weeks[week]}"
    lines = [title, "", f"{len(books)} notebooks, about {minutes / 60:.0f} hours.", ""]
    for entry in books:
        goals = "\n".join(f"- {name}: {syllabus.objectives[name]}" for name in entry.objectives)
        lines += [f"## [{entry.title}]({entry.name}.ipynb)", "", f"About {entry.minutes} minutes.", "", goals, ""]
    names = [f"{_short(entry)} <{entry.name}>" for entry in books]
    return "\n".join([*lines, *_toctree(names)]) + "\n"


def _short(entry: Entry) -> str:
    number, _, name = entry.name.partition("_")
    words = name[0].upper() + name[1:].replace("_", " ")
    return f"{int(number)}. {re.sub(r'^Ml ', 'ML ', words)}"


def home_page(syllabus: Syllabus, files: dict) -> str:
    """What it is, for whom, a picture, how to start, and the weeks."""
    text = (THEME / "index.md").read_text(encoding="utf-8")
    books = syllabus.notebooks
    words = {"notebooks": len(books), "hours": round(sum(entry.minutes for entry in books) / 60)}
    text = re.sub(r"\{\{(notebooks|hours)\}\}", lambda found: str(words[found[1]]), text)
    text = re.sub(r"\{\{figure (\S+) (\d+)\}\}", lambda found: _figure(found[1], int(found[2]), files), text)
    weeks = []
    for week, title in syllabus.weeks.items():
        weeks += [f"### [Week {week.removeprefix('week')}: {title}]({week}/index.md)", ""]
        weeks += [f"{i}. [{e.title}]({e.key}.ipynb)" for i, e in enumerate((e for e in books if e.week == week), 1)]
        weeks += [""]
    text = text.replace("{{weeks}}", "\n".join(weeks))
    tree = [f"Week {week.removeprefix('week')} <{week}/index>" for week in syllabus.weeks]
    tree += ["What is taught <coverage>", "Claims <ledger>", "Guides <guides/index>", "Reference <reference/index>"]
    return "\n".join([text, *_toctree(tree)]) + "\n"


def _figure(key: str, number: int, files: dict) -> str:
    """A notebook's figure by its number, as the home page shows it: at once, not when it comes into view."""
    cells = read_notebook(NOTEBOOKS / f"{key}.ipynb").cells
    outputs = [output for cell in cells for output in cell.get("outputs", []) if "image/png" in output.get("data", {})]
    return _output_html(outputs[number], files).replace('"../media', '"media').replace(' loading="lazy"', "")


def with_links(text: str, source: str) -> str:
    """A page of the repository, with its links as they are on the site."""
    here, target = Path(source).parent, PAGES[source]
    top = "../" * (len(Path(target).parts) - 1)

    def moved(found: re.Match) -> str:
        if ":" in found[2]:
            return found[0]
        path = os.path.normpath(here / found[2]).replace(os.sep, "/")
        if path in PAGES:
            place = PAGES[path]
        elif path.startswith("notebooks/"):
            place = path.removeprefix("notebooks/")
        elif path in FILES.values():
            place = f"files/{Path(path).name}"
        else:
            raise CourseError(f"{source} links to {path}, which is not on the site")
        return f"{found[1]}{top}{place}{found[3] or ''}{found[4]}"

    return _LINK.sub(moved, text)


def reference_pages() -> dict[str, bytes]:
    """A page for each module of helpers whose docstrings make its reference; not the checks, which hold answers."""
    pages, groups = {}, {"helpers": [], "helpers.audit": [], "helpers.course": []}
    for group, modules in groups.items():
        for path in sorted(ROOT.joinpath(*group.split(".")).glob("[a-z]*.py")):
            name = f"{group}.{path.stem}"
            modules.append(name)
            pages[f"reference/{name}.rst"] = module_page(name, path.read_text(encoding="utf-8")).encode()
    text = "# Reference\n\nWhat the notebooks import, from the docstrings of the code.\n"
    titles = {
        "helpers": "What the notebooks stand on",
        "helpers.audit": "What audits a table",
        "helpers.course": "What makes notebooks a course",
    }
    for group, modules in groups.items():
        text += f"\n## {titles[group]}\n\n" + "\n".join(_toctree([f"{name} <{name}>" for name in modules], shown=True))
    pages["reference/index.md"] = (text + "\n").encode()
    return pages


def module_page(name: str, code: str) -> str:
    """The reference of a module, read from its code, which is not imported."""
    module = ast.parse(code)
    lines = [name, "=" * len(name), "", f".. py:module:: {name}", "", *_docstring(module), ""]
    for node in module.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            lines += _documented(node)
    return "\n".join(lines) + "\n"


def _documented(node: ast.FunctionDef | ast.ClassDef) -> list[str]:
    """A function or class with its docstring; a class with its methods that have one."""
    is_class = isinstance(node, ast.ClassDef)
    signature = node.name if is_class else f"{node.name}({ast.unparse(_without_types(node.args))})"
    lines = [f".. py:{'class' if is_class else 'function'}:: {signature}", ""]
    inside = ["", *_docstring(node), ""]
    for method in node.body if is_class else []:
        if isinstance(method, ast.FunctionDef) and not method.name.startswith("_") and ast.get_docstring(method):
            inside += [line.replace("py:function", "py:method") for line in _documented(method)]
    return lines + [f"   {line}".rstrip() for line in inside]


def _without_types(arguments: ast.arguments) -> ast.arguments:
    """The arguments of a function without their types, of which the docstring says more."""
    for one in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]:
        if one is not None:
            one.annotation = None
    return arguments


def _docstring(node: ast.Module | ast.FunctionDef | ast.ClassDef) -> list[str]:
    """A docstring in numpydoc as reStructuredText."""
    napoleon = _of_the_site("sphinx.ext.napoleon")
    config = napoleon.Config(napoleon_use_param=False, napoleon_use_rtype=False)
    what = {ast.Module: "module", ast.ClassDef: "class"}.get(type(node), "function")
    return napoleon.NumpyDocstring(ast.get_docstring(node) or "", config, what=what).lines()


def _contents(title: str, names: Sequence[str]) -> str:
    return "\n".join([f"# {title}", "", *_toctree(names, shown=True)]) + "\n"


def _toctree(names: Sequence[str], *, shown: bool = False) -> list[str]:
    return ["```{toctree}", ":maxdepth: 1", *([] if shown else [":hidden:"]), "", *names, "```", ""]


def _written(notebook: "NotebookNode") -> bytes:
    import nbformat

    return nbformat.writes(nbformat.from_dict(notebook)).encode()


def _write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files that have changed, so that Sphinx builds only these anew, and remove all others."""
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        if path.relative_to(folder).as_posix() not in files:
            path.unlink()
    for name, content in files.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def _forget_old_pages(source: Path, target: Path) -> None:
    """Remove pages of an earlier build of which there is no source any more."""
    own = {"genindex", "py-modindex", "search"}
    pages = [path for path in source.rglob("*") if path.suffix in (".md", ".ipynb", ".rst")]
    known = {path.relative_to(source).with_suffix("") for path in pages}
    for page in target.rglob("*.html"):
        name = page.relative_to(target).with_suffix("")
        if name not in known and str(name) not in own and not {"_static", "_downloads"} & {*name.parts}:
            page.unlink()
