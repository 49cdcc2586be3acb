import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from helpers import ml_lifecycle_debt as debt
from helpers.datasets import load_table


@pytest.fixture(scope="module")
def table():
    return load_table("breast_cancer")


def test_weights_agree_with_the_library_and_name_their_columns(table):
    X, y = table
    weights = debt.weights_without(X, y, "worst radius")
    assert "worst radius" not in weights.index and len(weights) == 29
    oracle = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-8, max_iter=5000)).fit(X, y)[-1].coef_[0]
    assert weights["before"]["mean area"] == pytest.approx(oracle[list(X).index("mean area")], abs=1e-3)
    with pytest.raises(ValueError, match=r"'column' must be a column of X \(got 'shoe size'\)"):
        debt.weights_without(X, y, "shoe size")


def test_an_independent_column_leaves_the_others_alone_and_a_twin_does_not():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 4000))
    y = (a + rng.logistic(size=4000) > 0).astype(int)
    X = pd.DataFrame({"a": a, "twin": a + 0.1 * rng.normal(size=4000), "other": b})
    moved = debt.weights_without(X, y, "other")
    assert np.allclose(moved["before"], moved["after"], atol=0.05)
    twin = debt.weights_without(X, y, "twin")
    assert abs(twin["after"]["a"] - twin["before"]["a"]) > 0.1


def test_dropping_the_only_useful_column_costs_and_noise_does_not():
    rng = np.random.default_rng(7)
    X = pd.DataFrame(rng.normal(size=(300, 2)), columns=["cause", "other"])
    full = debt.add_noise(X, n=2)
    assert list(full) == ["cause", "other", "noise 0", "noise 1"] and list(X) == ["cause", "other"]
    cost = debt.cost_of_dropping(full, (X["cause"] > 0).astype(int), {name: [name] for name in full})
    assert cost["cause"] > 0.3
    assert cost.drop("cause").abs().max() < 0.03
    assert cost.attrs["accuracy"] > 0.9


def test_twins_are_free_alone_and_not_together():
    rng = np.random.default_rng(7)
    a = rng.normal(size=400)
    X = pd.DataFrame({"a": a, "twin": a, "other": rng.normal(size=400)})
    cost = debt.cost_of_dropping(X, (a > 0).astype(int), {"a": ["a"], "twin": ["twin"], "both": ["a", "twin"]})
    assert cost[["a", "twin"]].abs().max() < 0.03 and cost["both"] > 0.3


def test_stronger_regularization_pulls_scores_off_a_fixed_threshold(table):
    result = debt.threshold_after_retraining(*table)
    assert result["acted_on"].is_monotonic_decreasing
    assert result["acted_on"].iloc[-1] < 0.5 * result["acted_on"].iloc[0]
    assert result["auc"].min() > 0.95


def test_a_better_voter_can_make_the_majority_worse():
    result = debt.better_part_worse_whole()
    assert result["part"]["after"] < result["part"]["before"]
    assert result["whole"]["after"] > 1.3 * result["whole"]["before"]
    # independent errors p, p, q: two of three wrong
    p, q = 0.1711, 0.1977
    assert result["whole"]["before"] == pytest.approx(p * p * (1 - q) + 2 * p * q * (1 - p) + p * p * q, abs=0.01)


def test_cascade_against_its_closed_form():
    rmse = debt.correction_cascade(n=20_000)["rmse"]
    assert rmse["first model alone"] == pytest.approx(np.sqrt(0.25 + 1.5**2), abs=0.05)
    assert rmse["with patch"] == pytest.approx(0.5, abs=0.03)
    assert rmse["improved, old patch"] == pytest.approx(np.sqrt(0.25 + 1.5**2), abs=0.05)
    assert rmse["improved, refitted patch"] == pytest.approx(0.5, abs=0.03)


def test_a_companion_helps_until_it_parts():
    result = debt.broken_correlation()
    assert result.loc["cause and companion", "before"] > result.loc["cause only", "before"] + 0.03
    assert result.loc["cause and companion", "after"] < result.loc["cause only", "after"] - 0.05
    assert result.loc["cause only", "before"] == pytest.approx(result.loc["cause only", "after"], abs=0.05)


def test_feedback_loop_explores_or_not():
    greedy, curious = debt.feedback_loop(), debt.feedback_loop(explore=0.1)
    assert len(greedy) == 200
    assert curious["found_best"].mean() > greedy["found_best"].mean()
    assert debt.feedback_loop(explore=1.0)["clicks"].mean() == pytest.approx(0.3, abs=0.01)  # the mean item
    with pytest.raises(ValueError, match=r"'explore' must be from 0 to 1 \(got 2\)"):
        debt.feedback_loop(explore=2)


def test_figures_name_what_they_show(table):
    import matplotlib.pyplot as plt

    weights = pd.DataFrame({"before": [1.0, 2.0, 3.0], "after": [1.0, 2.5, 2.0]}, index=["a", "b", "c"])
    ax = debt.plot_weights(weights, top=2)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["b", "c"]
    ax = debt.plot_cascade(debt.correction_cascade())
    assert ax.get_yticklabels()[-1].get_text() == "first model alone"
    plt.close("all")
