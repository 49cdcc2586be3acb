"""How long a learner waits for a notebook's imports: ``python tests/benchmark_imports.py [NOTEBOOK…]``.

For each notebook, the processor seconds of its kernel from its start to the end of the imports: of a kernel as
``make lab`` starts it, copied from a warm process, and of a plain one. A busy machine changes these less than what a
clock says. Prints a Markdown table.
"""

import sys
import tempfile
import time

from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from helpers.course.kernels import CAN_FORK, manager_class, warm_up
from helpers.course.lab import ALSO
from helpers.course.notebooks import read_notebook
from helpers.course.syllabus import find_notebooks, notebook_key


def seconds_to_imports(notebook, *, forked):
    """Processor seconds of a new kernel that runs a notebook up to the cell with its imports."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    last = next(place for place, cell in enumerate(cells) if "plotting.use_style()" in cell.source)
    sources = [cell.source for cell in cells[: last + 1]] + ["import time; print(time.process_time())"]
    return printed(sources, forked=forked)


def printed(sources, *, forked):
    """What the last of these cells prints in a new kernel, as a number."""
    trial = new_notebook(cells=[new_code_cell(source) for source in sources])
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(trial, timeout=300, kernel_manager_class=manager_class(folder, forked=forked)).execute()
    return float(trial.cells[-1].outputs[0].text)


def wait_until_warm():
    """Return when the process that kernels are copied from has imported all that it will."""
    warm_up(ALSO)
    probe = f"import sys; print(int({ALSO[-1]!r} in sys.modules))"
    while CAN_FORK and not printed([probe], forked=True):
        time.sleep(2)


def main(names):
    """Measure and print."""
    notebooks = {notebook_key(path): read_notebook(path) for path in find_notebooks(names)}
    wait_until_warm()
    warm = {key: seconds_to_imports(notebook, forked=True) for key, notebook in notebooks.items()}
    plain = {key: seconds_to_imports(notebook, forked=False) for key, notebook in notebooks.items()}
    print("| notebook | `make lab` | plain kernel |\n| --- | --- | --- |")
    for key in notebooks:
        print(f"| {key} | {warm[key]:.2f} s | {plain[key]:.1f} s |")
    print(f"| slowest | {max(warm.values()):.2f} s | {max(plain.values()):.1f} s |")


if __name__ == "__main__":
    main(sys.argv[1:])
