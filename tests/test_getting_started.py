import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from helpers import datasets, plotting
from helpers import getting_started as gs
from helpers.checks import getting_started as check


@pytest.fixture(scope="module")
def digits():
    X, y = datasets.load_digits()
    return X, y, datasets.load_digit_sheets()


def test_sheets_begin_where_scikit_learns_course_has_them_but_for_one(digits):
    _, y, sheet = digits
    published = [0, 130, 256, 386, 516, 646, 776, 915, 1029, 1157, 1287, 1415, 1545, 1667]  # its page on grouped data
    starts = np.flatnonzero(np.diff(sheet, prepend=-1)).tolist()
    assert [s for s in starts if s not in published] == [906]
    text = "".join(map(str, y))
    assert text[896:906] == text[766:776]  # the sheet before it ends as the others do
    assert text[906:950] == text[1:45]  # and it begins as they do, without their first 0
    assert len(starts) == 14


def test_tiny_set_holds_every_class_even_if_the_labels_are_sorted():
    y = np.repeat(np.arange(10), 7)
    assert np.bincount(y[gs.tiny_set(y, n_per_class=2)]).tolist() == [2] * 10
    with pytest.raises(ValueError, match=r"'n_per_class' must be from 1 to 7, the rarest class \(got 8\)"):
        gs.tiny_set(y, n_per_class=8)


def test_softmax_starts_at_ln_10_and_agrees_with_scikit_learn(digits):
    X, y, _ = digits
    weights, losses = gs.train_softmax(X, y, n_steps=400)
    assert losses[0] == pytest.approx(np.log(10))
    assert (np.diff(losses) < 0).all()
    oracle = LogisticRegression(max_iter=1000).fit(X, y)
    assert (gs.predict_softmax(weights, X) == oracle.predict(X)).mean() > 0.95


def test_first_gradient_step_by_hand():
    X, y = np.array([[1.0], [0.0]]), np.array([0, 1])
    weights, _ = gs.train_softmax(X, y, n_steps=1, step=1.0)
    assert weights[0, 0] == pytest.approx(0.9 / 2)  # ink is seen with class 0 only
    assert weights[0, 1] == pytest.approx(-0.1 / 2)
    assert weights[1, :2] == pytest.approx([(0.9 - 0.1) / 2] * 2)


def test_training_leaves_its_inputs_alone(digits):
    X, y, _ = digits
    before = X[:20].copy()
    gs.train_softmax(X[:20], y[:20], n_steps=5, shuffle_images=True, rng=np.random.default_rng(0))
    assert np.array_equal(X[:20], before)


@pytest.mark.parametrize("seed", range(3))
def test_what_the_tiny_check_sees(digits, seed):
    X, y, blocks = digits
    train, dev = blocks < 7, blocks > 9
    tiny = gs.tiny_set(y[train])
    rng = np.random.default_rng(seed)
    runs = {f: gs.run_fault(f, X[train][tiny], y[train][tiny], X[dev], y[dev], rng=rng) for f in gs.FAULTS}
    assert runs["no fault"]["train"] == 1 and runs["no fault"]["loss"][-1] < 0.23
    assert runs["shuffle leaves the labels behind"]["loss"][-1] > 2
    assert runs["step 10,000 times too small"]["loss"][-1] > 2
    assert runs["prediction reads columns first"]["train"] < 0.8
    assert all((run["read"] == run["y"]).mean() == run["train"] for run in runs.values())
    assert (runs["labels shuffled once"]["y"] != y[train][tiny]).any()  # as the faulty program knows them
    assert runs["labels shuffled once"]["train"] >= 0.95 and runs["labels shuffled once"]["dev"] < 0.3


def test_unknown_fault_is_named():
    with pytest.raises(ValueError, match=r"'fault' must be one of no fault, .* \(got 'gremlins'\)"):
        gs.run_fault("gremlins", None, None, None, None)


def test_a_form_has_one_hand_and_no_digit_twice():
    sheet = np.repeat([3, 7], 6)
    forms = gs.draw_forms(sheet, n_forms=50, n_digits=4, rng=np.random.default_rng(0))
    assert all(len(set(row)) == 4 and len(set(sheet[row])) == 1 for row in forms)
    assert sheet[forms[:, 0]].tolist() == [3] * 50 + [7] * 50


def test_a_sheet_is_priced_with_the_threshold_of_the_others():
    sheet = np.repeat([0, 1], 10)
    right = np.repeat([True, False, True], [5, 5, 10])
    confidence = np.r_[np.full(5, 0.9), np.full(5, 0.2), np.full(10, 0.6)]
    table = gs.price_by_sheet(right, confidence, sheet)
    assert table.loc[0].tolist() == [0, 0, 5]  # sheet 1 is always right, so nothing is typed, and half are wrong
    assert 0.2 < table.loc[1, "threshold"] <= 0.6 and table.loc[1, "eur"] == 0


def test_an_interval_over_sheets_is_that_of_scipy():
    values = pd.DataFrame({"a": [0.9, 0.7, 0.8, 0.95], "b": 0.5})
    table = plotting.mean_interval(values)
    expected = stats.t.interval(0.95, 3, loc=values["a"].mean(), scale=stats.sem(values["a"]))
    assert table.loc["a", ["low", "high"]].tolist() == pytest.approx(expected)
    assert table.loc["b"].tolist() == [0.5, 0.5, 0.5]


def test_form_cost_at_both_ends():
    right, confidence = np.array([True, False]), np.array([0.9, 1.0])
    assert gs.form_cost(right, confidence, 0.0) == 5.0  # nobody looks: half of the forms are wrong at 10 euros
    assert gs.form_cost(right, confidence, 1.01) == 0.5  # everybody types
    assert gs.form_cost(right, confidence, 0.95, clerk_eur=2, wrong_eur=4) == 3.0


def test_a_model_that_is_always_sure_cannot_be_routed():
    right = np.array([True] * 9 + [False])
    assert gs.cheapest_threshold(right, np.ones(10)) == 1.01
    assert gs.cheapest_threshold(np.ones(10, bool), np.ones(10)) == 0
    sure = np.where(right, 0.9, 0.4)
    assert 0.4 < gs.cheapest_threshold(right, sure) <= 0.9


def test_measure_reports_what_it_says(digits):
    X, y, _ = digits
    small = gs.measure(LogisticRegression(max_iter=200).fit(X, y), X[:50])
    assert set(small) == {"size_kb", "single_ms", "peak_kb"}
    assert 65 * 10 * 8 / 1e3 < small["size_kb"] < 20
    assert all(value > 0 for value in small.values())
    assert gs.measure(DummyClassifier().fit(X, y), X[:3], n_single=3)["single_ms"] > 0
    with pytest.raises(ValueError, match=r"'X' must have at least n_single=20 rows \(got 3\)"):
        gs.measure(None, X[:3])


def test_front_against_the_definition():
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.integers(0, 6, (40, 2)), columns=["good", "cost"])
    front = gs.pareto_front(table, maximize="good", minimize="cost")
    for i, a in table.iterrows():
        beaten = any(
            b.good >= a.good and b.cost <= a.cost and (b.good > a.good or b.cost < a.cost) for _, b in table.iterrows()
        )
        assert front[i] == (not beaten)


def test_front_of_two_costs_keeps_what_no_single_row_beats():
    table = pd.DataFrame({"good": [3, 2, 3], "size": [9, 5, 1], "time": [1, 5, 9]}, index=["big", "middle", "slow"])
    assert not gs.pareto_front(table, maximize="good", minimize="size")["middle"]
    assert not gs.pareto_front(table, maximize="good", minimize="time")["middle"]
    assert gs.pareto_front(table, maximize="good", minimize=["size", "time"]).all()


def test_equal_rows_share_the_front():
    table = pd.DataFrame({"good": [1, 1], "cost": [2, 2]})
    assert gs.pareto_front(table, maximize="good", minimize="cost").all()


def test_plots_return_their_axes():
    table = pd.DataFrame({"accuracy": [0.9, 0.8, 0.95], "ms": [1.0, 2.0, 5.0]}, index=list("abc"))
    ax = gs.plot_front(table, "ms", label="time (ms)")
    assert ax.get_xscale() == "log" and {text.get_text() for text in ax.texts} == {"a", "b", "c"}
    ax = gs.plot_losses({"x": np.linspace(2.3, 0.1, 30), "y": np.full(30, 2.3)})
    assert len(ax.get_lines()) == 3


@pytest.mark.parametrize("order", ["DBFGEAC", "DGBFEAC", "DFBGEAC", "BGFDEAC"])
def test_sensible_orders_are_accepted(order):
    assert check.first_steps(list(order)).state == "right"
