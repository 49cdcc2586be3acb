"""Every kernel that a test starts is forked from one warm process and uses one BLAS thread.

The committed outputs come from plain kernels (``workbook refresh``), so strict nbval proves that both give the same.
"""

import os
import re

import pytest
from xdist.scheduler import LoadFileScheduling

from helpers.course.kernels import CAN_FORK, FORKED, SELECT

if CAN_FORK:
    os.environ.setdefault(SELECT, FORKED)

BY_NOTEBOOK = re.compile(r"tests/test_(?:judge|notebooks)\.py::.*?(week\d/\w+)")  # minutes each


class Shares(LoadFileScheduling):
    """Tests of a file run in one process, in a long file those about one notebook: so all processes end at one time."""

    def _split_scope(self, nodeid):
        about = BY_NOTEBOOK.match(nodeid)
        return about[1] if about else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Share the tests among the processes."""
    return Shares(config, log)
