"""Every kernel that a test starts is forked from one warm process and uses one BLAS thread.

The committed outputs come from plain kernels (``workbook refresh``), so strict nbval proves that both give the same.
"""

import os

import pytest

from helpers.course.kernels import CAN_FORK, FORKED, SELECT

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
if CAN_FORK:
    os.environ.setdefault(SELECT, FORKED)

BY_NOTEBOOK = ("test_judge.py", "test_notebooks.py")  # minutes each: processes share what these say of each notebook


@pytest.hookimpl(tryfirst=True)  # before the plugin that spreads tests looks at their groups
def pytest_collection_modifyitems(items):
    """Keep the tests of a file in one process, for its fixtures' sake, so that two processes are done at one time."""
    for item in items:
        group = item.path.name
        if group in BY_NOTEBOOK:
            group += f" {item.callspec.params['entry'].key}"
        item.add_marker(pytest.mark.xdist_group(group))
