"""The student's version of a notebook, made with nbgrader's own preprocessors."""

from nbgrader.preprocessors import ClearSolutions

BLANK = "...  # your answer here"


def replace_solution(cell, code):
    """Return a copy of a solution cell in which `code` stands in place of the solution."""
    clear = ClearSolutions(code_stub={"python": code})
    replaced, _ = clear.preprocess_cell(cell.copy(), {"language": "python"}, 0)
    return replaced
