"""How long a slider's redraw takes: ``python tests/benchmark_touch.py [NOTEBOOK…]``.

Runs each notebook that has a figure to move up to that cell, at its full size, and moves each slider, one after the
other, through its values. Prints a Markdown table of the processor time from a move to the finished picture.
"""

import sys
import time

import numpy as np
from IPython.core.interactiveshell import InteractiveShell

from helpers import touch
from helpers.course.notebooks import read_notebook
from helpers.course.syllabus import find_notebooks, notebook_key


def redraws(draw, **choices):
    """Seconds of processor time of each redraw."""
    seconds = []
    for control in touch.sliders(draw, **choices).children[:-1]:
        for _, value in control.options:
            begun = time.thread_time()
            control.value = value
            seconds.append(time.thread_time() - begun)
    return seconds


def main(names):
    """Print the median and the slowest redraw of each figure that can be moved."""
    measured = []
    touch.touch = lambda draw, **choices: measured.append(redraws(draw, **choices))
    print("| | moves | median | slowest |\n| --- | --- | --- | --- |")
    for path in find_notebooks(names):
        code = [cell.source for cell in read_notebook(path).cells if cell.cell_type == "code"]
        moved = max((place for place, source in enumerate(code) if "touch(" in source), default=-1)
        InteractiveShell.clear_instance()
        shell = InteractiveShell.instance()
        for source in code[: moved + 1]:
            shell.run_cell(source, silent=True).raise_error()
        while measured:
            seconds = measured.pop()
            told = f"{1000 * np.median(seconds):.0f} ms | {1000 * max(seconds):.0f} ms"
            print(f"| {notebook_key(path)} | {len(seconds)} | {told} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
