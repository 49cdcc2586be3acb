import matplotlib.pyplot as plt
import pandas as pd

from helpers import plotting


def test_shares_are_written_so_that_they_can_be_read():
    table = pd.DataFrame({"left": [0.54, 1.0], "right": [0.1, 0.56]}, index=["top", "bottom"])
    ax = plotting.plot_shares(table, "accuracy", low=0.1, fontsize=7, ax=plt.subplots()[1])
    assert [(text.get_text(), text.get_color()) for text in ax.texts] == [
        ("0.54", "white"), ("0.10", "white"), ("1.00", "black"), ("0.56", "black"),
    ]  # fmt: skip
    assert {text.get_fontsize() for text in ax.texts} == {7}
    assert [label.get_text() for label in ax.get_xticklabels()] == ["left", "right"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["top", "bottom"]
    assert ax.images[0].get_clim() == (0.1, 1)
    assert ax.images[0].colorbar.ax.get_ylabel() == "accuracy"
    plt.close("all")
