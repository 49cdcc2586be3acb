import numpy as np
import pandas as pd
import pytest

from helpers import deployment_patterns as dp
from helpers.datasets import load_mnist
from helpers.images import block_means


def journal(decisions, served_by, new, served, label):
    return pd.DataFrame(
        {"served_by": served_by, "served": served, "new": new, "label": label, "decision": decisions}
    )  # fmt: skip


def test_straighten_undoes_a_known_shear_and_leaves_upright_ink_alone():
    upright = np.zeros((28, 28))
    upright[6:22, 13:15] = 1
    leaning = np.zeros_like(upright)
    for row in range(28):
        shift = (row - 14) // 4
        leaning[row] = np.roll(upright[row], shift)
    assert np.allclose(dp.straighten(upright.ravel()), upright.ravel())
    columns = np.arange(28)

    def slant(image):
        centers = [row @ columns / row.sum() for row in image.reshape(28, 28)[6:22]]
        return np.polyfit(np.arange(16), centers, 1)[0]

    assert abs(slant(leaning)) > 0.2
    assert abs(slant(dp.straighten(leaning.ravel()))) < 0.03


def test_straighten_keeps_shape_and_ink():
    X = load_mnist()[0][::500]
    upright = dp.straighten(X)
    assert upright.shape == X.shape
    assert np.allclose(upright.sum(axis=1), X.sum(axis=1), rtol=0.02)
    assert np.allclose(dp.straighten(X[3]), upright[3])  # one image or many


def test_reader_agrees_with_the_library_and_reads_one_image_alike():
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    X, y = load_mnist()
    X, y = X[::5], y[::5]
    reader = dp.train_reader(X, y)
    library = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1).fit(block_means(X, 14), y)
    digit, confidence = reader.read(X)
    assert np.array_equal(digit, library.predict(block_means(X, 14)))
    assert np.allclose(confidence, library.predict_proba(block_means(X, 14)).max(axis=1))
    assert reader.answer(X[7]) == pytest.approx((digit[7], confidence[7]))
    with pytest.raises(ValueError, match=r"'y' must hold all ten digits \(got 2\)"):
        dp.train_reader(X[:200], np.repeat([0, 1], 100))


def test_summary_by_hand():
    table = journal(
        ["wait", "wait", "roll back", "roll back"],
        ["new", "old", "old", "old"],
        [3, None, None, None],
        [3, 4, -1, 6],
        [5, 4, 5, 6],
    )
    summary = dp.summarize_release(table)
    assert summary == {"decision": "roll back", "decided_after": 2, "exposed": 1, "wrong": 2, "calls": 1.0}


def test_a_shadow_computes_twice_and_exposes_nobody():
    table = journal(["wait"] * 3, ["old"] * 3, [1, 2, 3], [1, 1, 1], [1, 1, 1])
    summary = dp.summarize_release(table)
    assert (summary["exposed"], summary["calls"], summary["decided_after"]) == (0, 2.0, 3)


def test_pairs_by_hand_and_against_the_sign_test():
    old = np.array([True] * 8 + [False] * 12)
    new = np.array([False] * 7 + [True] + [False] * 10 + [True] * 2)
    table = dp.compare_pairs(old, new)
    assert (table["only_old"], table["only_new"]) == (7, 2)
    assert table["difference"] == pytest.approx(-0.25)
    assert table["paired_se"] == pytest.approx(np.sqrt(9 / 20 - 0.25**2) / np.sqrt(20))
    assert table["separate_se"] == pytest.approx(np.sqrt((0.4 * 0.6 + 0.15 * 0.85) / 20))
    assert table["p_value"] == pytest.approx(2 * sum([1, 9, 36]) / 2**9)
    assert dp.compare_pairs(old, old)["p_value"] == 1


def test_automation_costs_by_hand():
    table = dp.automation_costs([0.9, 0.7, 0.5, 0.4], [True, False, True, False], [0, 0.6, 1.01], person_eur=0.1,
                                error_eur=2, person_error=0.5)  # fmt: skip
    assert table["automated"].tolist() == [1, 0.5, 0]
    assert table["errors"].tolist() == pytest.approx([500, 250 + 250, 500])
    assert table["cost_eur"].tolist() == pytest.approx([1000, 50 + 1000, 100 + 1000])
    assert dp.automation_costs([0.5], [True], [0.5])["automated"].tolist() == [1], "sure enough at the threshold itself"


def test_degrees_of_automation_by_hand():
    table = dp.degrees_of_automation([0.9, 0.1], [True, False], 0.5, assisted_eur=0.02, trusts_error=0.5,
                                     person_error=0.0)  # fmt: skip
    assert table["errors"].to_dict() == pytest.approx(
        {"human only": 0, "shadow": 0, "AI assistance": 250, "partial automation": 0, "full automation": 500}
    )
    assert table.loc["AI assistance", "cost_eur"] == pytest.approx(20 + 250)
    assert table.loc["partial automation", "cost_eur"] == pytest.approx(20)


def test_figures_name_their_series_and_end_where_the_numbers_do():
    import matplotlib.pyplot as plt

    table = journal(["wait"] * 3, ["old"] * 3, [1, 2, 3], [1, 9, 9], [1, 1, 1])
    ax = dp.plot_extra_errors({"shadow": table}, [False, True, False])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["shadow"]
    assert ax.lines[-1].get_ydata()[-1] == 1
    assert ax.lines[-1].get_markevery() == [], "not decided yet"
    decided = table.assign(decision=["wait", "wait", "roll back"])
    assert dp.plot_extra_errors({"shadow": decided}, [False, True, False]).lines[-1].get_markevery() == [1]
    costs = dp.automation_costs([0.9, 0.6], [True, False], [0, 0.8, 1.1])
    names = [text.get_text() for text in dp.plot_automation(costs, 0.8).get_legend().get_texts()]
    assert names == ["people only", "full automation", "chosen threshold"]
    plt.close("all")
