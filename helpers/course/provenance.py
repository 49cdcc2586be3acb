"""What made an executed notebook: a stamp of everything that can change its result, and its verification.

The stamp lies in the notebook's metadata under ``workbook.provenance``. Its ``key`` names the inputs, its ``content``
is the checksum of the executed notebook itself.
"""

import ast
import functools
import hashlib
import importlib.metadata
import json
import platform
import subprocess
import sysconfig
from pathlib import Path

import nbformat

from helpers.course.notebooks import CourseError, read_notebook
from helpers.course.syllabus import ROOT

FIELDS = ("source", "parameters", "helpers", "data", "packages", "python")


def inputs_of(notebook, path, parameters):
    """Everything that can change what `notebook` computes, as checksums.

    Parameters
    ----------
    notebook : NotebookNode
        The notebook before it runs.
    path : Path
        Its file; names the notebook and says where its own modules lie.
    parameters : dict
        The values that override its defaults. A value that names a file counts with the file's content.

    Returns
    -------
    dict
        ``source``, ``parameters``, ``helpers`` and ``data`` (checksum by file), ``packages``, ``python``.
    """
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code" and cell.source[:1] not in "%!")
    cells = [[cell.cell_type, cell.source, cell.metadata.get("tags", [])] for cell in notebook.cells]
    return {
        "source": _digest(json.dumps(cells).encode()),
        "parameters": {name: _value(value, path.parent) for name, value in sorted(parameters.items())},
        "helpers": {
            name: _digest(file.read_bytes()) for name, file in sorted(_imported_files(code, path.parent).items())
        },
        "data": _data_files(ROOT / "data"),
        "packages": _packages(),
        "python": platform.python_version(),
    }


def key_of(inputs):
    """One checksum for all inputs."""
    return _digest(json.dumps(inputs, sort_keys=True).encode())


def stamp(notebook, path, inputs, *, seconds):
    """Put the provenance of an executed `notebook` into its metadata."""
    provenance = {
        "notebook": _relative(path),
        "commit": _commit(),
        "key": key_of(inputs),
        "seconds": round(seconds, 2),
        **inputs,
        "content": content_of(json.loads(nbformat.writes(notebook))),
    }
    notebook.metadata.setdefault("workbook", {})["provenance"] = provenance


def provenance_of(notebook):
    """The stamp of an executed notebook, or an empty dict."""
    return notebook.metadata.get("workbook", {}).get("provenance", {})


def differences(path):
    """Compare the executed notebook at `path` with its stamp, and the stamp with the files as they are now.

    Returns
    -------
    list of str
        One line per difference; empty where everything agrees.
    """
    notebook = read_notebook(path)
    stamped = provenance_of(notebook)
    if not stamped:
        raise CourseError(f"{path}: carries no provenance; 'workbook run' stamps what it executes")
    found = (
        []
        if content_of(json.loads(Path(path).read_text(encoding="utf-8"))) == stamped["content"]
        else ["content: the executed notebook was changed after its run"]
    )
    if key_of({name: stamped[name] for name in FIELDS}) != stamped["key"]:
        found.append("key: the stamp was changed after the run")
    source = ROOT / stamped["notebook"]
    given = {name: value["value"] for name, value in stamped["parameters"].items()}
    now = inputs_of(read_notebook(source), source, given)
    for name in FIELDS:
        found += _compare(name, stamped[name], now[name])
    return found


def _compare(name, then, now):
    if then == now:
        return []
    if not isinstance(then, dict):
        return [f"{name}: now {now[:12]}, at the run {then[:12]}"]
    changed = sorted(item for item in then.keys() | now.keys() if then.get(item) != now.get(item))
    return [f"{name}: {item} differs from the run" for item in changed]


def _digest(data):
    return hashlib.sha256(data).hexdigest()


def content_of(body):
    """The checksum of an executed notebook but for its stamp, from its JSON as a dict."""
    workbook = {name: value for name, value in body["metadata"].get("workbook", {}).items() if name != "provenance"}
    rest = {**body, "metadata": {**body["metadata"], "workbook": workbook}}
    return _digest(json.dumps(rest, sort_keys=True).encode())


def _value(value, folder):
    file = Path(folder, value) if isinstance(value, str) and value else None
    is_file = file is not None and file.is_file()
    return {"value": value} | ({"file": _digest(file.read_bytes())} if is_file else {})


def _relative(path):
    path = Path(path).resolve()
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)


def _imported_files(code, folder):
    """The files of this project that `code` imports, and what these import in turn, by relative name."""
    found, pending = {}, list(_imports(code))
    while pending:
        module = pending.pop()
        for home in (folder, ROOT):
            base = Path(home, *module.split("."))
            for file in (base.with_suffix(".py"), base / "__init__.py"):
                if file.is_file() and _relative(file) not in found and ".venv" not in file.parts:
                    source = file.read_text(encoding="utf-8")
                    found[_relative(file)] = file
                    found |= {_relative(other): other for other in _resources(file, source)}
                    pending += _imports(source)
    return found


def _imports(code):
    try:
        tree = ast.parse(code)
    except SyntaxError:  # magics in a foreign notebook: what it imports is not known
        return []
    modules = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    parents = {".".join(name.split(".")[:i]) for name in modules for i in range(1, name.count(".") + 1)}
    return sorted(parents | set(modules))


def _resources(file, source):
    """Files beside a module that are not Python and that it names, such as a style sheet."""
    return [
        other for other in file.parent.iterdir() if other.is_file() and other.suffix != ".py" and other.name in source
    ]


@functools.cache
def _data_files(folder):
    files = [file for file in folder.rglob("*") if file.is_file() and file.suffix not in (".py", ".md")]
    return {
        file.relative_to(folder).as_posix(): _digest(file.read_bytes())
        for file in sorted(files)
        if ".ipynb" not in str(file)
    }


@functools.cache
def _packages():
    folders = sorted({sysconfig.get_path(name) for name in ("purelib", "platlib")})  # sys.path grows as libraries load
    installed = {f"{dist.name}=={dist.version}" for dist in importlib.metadata.distributions(path=folders)}
    return _digest("\n".join(sorted(installed)).encode())


@functools.cache
def _commit():
    try:
        command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=40"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
