"""What made an executed notebook: a stamp of everything that can change its result, and its verification.

The stamp lies in the notebook's metadata under ``workbook.provenance``. Its ``key`` names the inputs, its ``content``
is the checksum of the executed cells, and its ``seal`` that of the stamp itself. A stamp is not signed: it shows what
was changed by accident or in part, not what somebody made up as a whole.
"""

import ast
import contextlib
import functools
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import subprocess
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.course.notebooks import CourseError, load_notebook, tags
from helpers.course.syllabus import ROOT

if TYPE_CHECKING:
    from nbformat import NotebookNode

FIELDS = ("source", "kernel", "parameters", "helpers", "beside", "data", "packages", "python")
TELLING_TAGS = {"parameters", "skip-execution", "raises-exception"}  # a cell's other tags do not change its result
LOADERS = {
    *("__import__", "compile", "eval", "exec", "import_module", "importlib", "run_cell_magic", "run_line_magic"),
    *("run_module", "run_path", "runpy", "spec_from_file_location", "subprocess", "sys"),
}
COURSE = Path(__file__).parent
LARGEST_BESIDE = 50 * 2**20  # bytes of a file beside a notebook that is still read for its checksum


def inputs_of(notebook: "NotebookNode", path: Path, parameters: Mapping, *, kernel: str | None = None) -> dict:
    """Everything that can change what `notebook` computes, as checksums.

    Parameters
    ----------
    notebook : NotebookNode
        The notebook before it runs.
    path : Path
        Its file; names the notebook and says where its own modules lie.
    parameters : dict
        The values that override its defaults. A value that names a file counts with the file's content.
    kernel : str, optional
        The kernel's name where it is not the notebook's own.

    Returns
    -------
    dict
        ``source``, ``kernel``, ``parameters``, ``helpers``, ``beside`` and ``data`` (checksum by file), ``packages``,
        ``python``.
    """
    return fixed_inputs(notebook, path, kernel=kernel) | {"parameters": parameter_inputs(parameters, path.parent)}


def fixed_inputs(notebook: "NotebookNode", path: Path, *, kernel: str | None = None) -> dict:
    """The inputs that are the same for all values of the parameters."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    cells = [[cell.source, sorted(TELLING_TAGS.intersection(tags(cell)))] for cell in code]
    sources = [cell.source for cell in code]
    files = _imported_files(sources, path.parent)
    own = [file.read_text(encoding="utf-8", errors="replace") for file in files.values() if _is_own(file, path.parent)]
    return {
        "source": _digest(json.dumps(cells).encode()),
        "kernel": kernel or notebook.metadata.get("kernelspec", {}).get("name", "python3"),
        "helpers": {name: _digest(file.read_bytes()) for name, file in sorted(files.items())},
        "beside": _files_beside(path.parent) | _files_named([*sources, *own], path.parent),
        "data": _data_files(ROOT / "data"),
        **version_inputs(package_versions()),
    }


def parameter_inputs(parameters: Mapping, folder: Path) -> dict:
    """The values of parameters, each with the checksum of the file that it names, if it names one."""
    return {name: _value(value, folder) for name, value in sorted(parameters.items())}


def key_of(inputs: Mapping) -> str:
    """One checksum for all inputs."""
    return _digest(json.dumps(inputs, sort_keys=True).encode())


def text_of(notebook: "NotebookNode") -> str:
    """The checksum of what a reader sees beside the code, which does not change the result."""
    return _digest(json.dumps([[cell.cell_type, cell.source, cell.metadata] for cell in notebook.cells]).encode())


def stamp(notebook: "NotebookNode", path: Path, inputs: Mapping, *, seconds: float, text: str = "") -> None:
    """Put the provenance of an executed `notebook` into its metadata."""
    provenance = {
        "notebook": _relative(path),
        "commit": _commit(),
        "key": key_of(inputs),
        "text": text,
        "seconds": round(seconds, 2),
        **inputs,
        "content": content_of(notebook),
    }
    notebook.metadata.setdefault("workbook", {})["provenance"] = provenance | {"seal": key_of(provenance)}


def provenance_of(notebook: "NotebookNode") -> dict:
    """The stamp of an executed notebook, or an empty dict where it has none that is whole."""
    workbook = notebook.metadata.get("workbook")
    stamped = workbook.get("provenance") if isinstance(workbook, Mapping) else None
    whole = (
        isinstance(stamped, Mapping) and {"notebook", "key", "seconds", "content", "seal", *FIELDS} <= stamped.keys()
    )
    return stamped if whole else {}


def differences(path: str | Path) -> list[str]:
    """Compare the executed notebook at `path` with its stamp, and the stamp with the files as they are now.

    Returns
    -------
    list of str
        One line per difference; empty where everything agrees.
    """
    notebook = load_notebook(path)
    stamped = provenance_of(notebook)
    if not stamped:
        raise CourseError(f"{path}: carries no provenance; 'workbook run' stamps what it executes")
    found = []
    if content_of(notebook) != stamped["content"]:
        found.append("content: the executed notebook was changed after its run")
    if key_of({name: stamped[name] for name in FIELDS}) != stamped["key"]:
        found.append("key: the stamp was changed after the run")
    elif key_of({name: value for name, value in stamped.items() if name != "seal"}) != stamped["seal"]:
        found.append("seal: the stamp was changed after the run")
    try:
        source = ROOT / stamped["notebook"]
        given = {name: value["value"] for name, value in stamped["parameters"].items()}
        now = inputs_of(load_notebook(source), source, given, kernel=stamped["kernel"])
    except (CourseError, TypeError, KeyError, AttributeError) as error:
        return [*found, f"source: {error}"]
    for name in FIELDS:
        found += _compare(name, stamped[name], now[name])
    return found


def _compare(name: str, then: Any, now: Any) -> list[str]:
    if then == now:
        return []
    if not (isinstance(then, Mapping) and isinstance(now, Mapping)):
        return [f"{name}: now {str(now)[:12]}, at the run {str(then)[:12]}"]
    changed = sorted(item for item in then.keys() | now.keys() if then.get(item) != now.get(item))
    return [f"{name}: {item} differs from the run" for item in changed]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def content_of(notebook: "NotebookNode") -> str:
    """The checksum of the cells of an executed notebook, whatever program saved it since."""
    fields = ("cell_type", "source", "outputs", "execution_count")
    cells = [{name: cell[name] for name in fields if name in cell} for cell in notebook.cells]
    return _digest(json.dumps(cells, sort_keys=True).encode())


def _value(value: Any, folder: Path) -> dict:
    file = Path(folder, value) if isinstance(value, str) and value else None
    try:
        content = {"file": _digest(file.read_bytes())} if file and file.is_file() else {}
    except (OSError, ValueError):  # a text that is no name of a file, or a file that cannot be read
        content = {}
    return {"value": value} | content


def _relative(path: Path) -> str:
    path = Path(path).resolve()
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
    return os.fsencode(name).decode(errors="backslashreplace")


def _imported_files(cells: list[str], folder: Path) -> dict[str, Path]:
    """The files of this project that the code of `cells` loads, and what these load in turn, by relative name."""
    found: dict[str, Path] = {}
    pending = [file for code in cells for file in _named_files(code, folder, folder)]
    while pending:
        file = pending.pop()
        if _relative(file) in found:
            continue
        source = file.read_text(encoding="utf-8", errors="replace")
        found[_relative(file)] = file
        found |= {_relative(other): other for other in _resources(file, source)}
        pending += _named_files(source, file.parent, folder)
    return found


def _named_files(code: str, home: Path, folder: Path) -> Iterator[Path]:
    """The files that `code`, which lies in `home`, imports or runs; a notebook's modules lie in its `folder`."""
    otherwise, imports = _loaded(code)
    candidates = []
    if otherwise and home != COURSE:  # it may load any of our modules; the course's own load no topic
        candidates += [*folder.rglob("*.py"), *(ROOT / "helpers").rglob("*.py")]
    for level, module in imports:
        bases = [home.joinpath(*[".."] * (level - 1))] if level else [folder, ROOT]
        for base in bases:
            place = base.joinpath(*module.split(".")) if module else base
            candidates += [place.with_suffix(".py"), place / "__init__.py"]
    yield from (file for file in candidates if file.is_file() and ".venv" not in file.parts)


@functools.lru_cache(maxsize=4096)
def _loaded(code: str) -> tuple[bool, set[tuple[int, str]]]:
    """Whether code may load modules otherwise than by an import that names them; and those, as (dots in front, name).

    With each module come the packages that it lies in. Of a cell that is not plain Python, as with a magic, it is not
    known what it loads.
    """
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except (SyntaxError, ValueError):
        return True, set()
    names, found = set(), set()
    for node in nodes:
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.alias):
            names.add(node.name.split(".")[0])
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            found |= {(node.level, module)} | {(node.level, f"{module}.{a.name}".strip(".")) for a in node.names}
        elif isinstance(node, ast.Import):
            found |= {(0, alias.name) for alias in node.names}
    parents = {(level, ".".join(name.split(".")[:i])) for level, name in found for i in range(1, name.count(".") + 1)}
    return not names.isdisjoint(LOADERS), found | parents


def _files_beside(folder: Path) -> dict[str, str]:
    """The checksums of the files in a notebook's folder that are no notebooks, since it can read them by name."""
    files = [file for file in folder.iterdir() if file.is_file() and file.suffix not in (".ipynb", ".py", ".pyc")]
    files = [file for file in files if not file.name.startswith(".") and file.stat().st_size <= LARGEST_BESIDE]
    return {_relative(file): _digest(file.read_bytes()) for file in sorted(files)}


def _files_named(sources: list[str], folder: Path) -> dict[str, str]:
    """The checksums of the files elsewhere that a text in the code names, and of those in a subfolder that it names."""
    found: dict[str, str] = {}
    for name in {name for source in sources for name in re.findall(r"""['"]([^'"\n]+)['"]""", source)}:
        with contextlib.suppress(OSError, ValueError):  # no name of a file
            place = Path(os.path.abspath(folder / name))
            files = place.rglob("*") if place.is_dir() and _is_own(place, folder) else [place]
            files = [file for file in files if file.is_file() and file.stat().st_size <= LARGEST_BESIDE]
            found |= {_relative(file): _digest(file.read_bytes()) for file in files}
    return dict(sorted(found.items()))


def _is_own(place: Path, folder: Path) -> bool:
    """Whether a file or folder lies below a notebook's folder."""
    place, folder = Path(os.path.abspath(place)), Path(os.path.abspath(folder))
    return place != folder and place.is_relative_to(folder)


def _resources(file: Path, source: str) -> list[Path]:
    """Files beside a module that are not Python and that it names, such as a style sheet."""
    return [
        other for other in file.parent.iterdir() if other.is_file() and other.suffix != ".py" and other.name in source
    ]


@functools.cache
def _data_files(folder: Path) -> dict[str, str]:
    files = [file for file in folder.rglob("*") if file.is_file() and file.suffix not in (".py", ".md")]
    return {
        file.relative_to(folder).as_posix(): _digest(file.read_bytes())
        for file in sorted(files)
        if ".ipynb" not in str(file)
    }


@functools.cache
def package_versions() -> dict[str, str]:
    """The version of each package that is installed where this runs, and of Python itself, by name."""
    folders = sorted({sysconfig.get_path(name) for name in ("purelib", "platlib")})  # sys.path grows as libraries load
    installed = {dist.name: dist.version for dist in importlib.metadata.distributions(path=folders)}
    return installed | {"python": platform.python_version()}


def version_inputs(versions: Mapping[str, str]) -> dict[str, str]:
    """The part of the inputs that says with which packages and Python a notebook was run."""
    rest = sorted(f"{name}=={version}" for name, version in versions.items() if name != "python")
    return {"packages": _digest("\n".join(rest).encode()), "python": versions["python"]}


@functools.cache
def _commit() -> str:
    try:
        command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=40"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
