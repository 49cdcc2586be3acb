"""What every test starts from."""

import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def no_figures():
    """No figure of an earlier test is the current one."""
    plt.close("all")
