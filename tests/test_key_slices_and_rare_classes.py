import matplotlib

matplotlib.use("Agg")

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.stats import binomtest
from sklearn.metrics import f1_score, precision_score, recall_score
from sklearn.model_selection import cross_val_predict

from helpers import key_slices_and_rare_classes as topic
from helpers import plotting


@pytest.mark.parametrize(("errors", "n"), [(0, 12), (3, 40), (12, 12), (50, 1000)])
def test_wilson_interval_agrees_with_scipy(errors, n):
    oracle = binomtest(errors, n).proportion_ci(method="wilson")
    np.testing.assert_allclose(topic.wilson_interval(errors, n), oracle, atol=1e-9)


def test_wilson_interval_covers_the_true_rate_about_as_often_as_it_says():
    errors = np.random.default_rng(0).binomial(60, 0.08, 4000)
    low, high = topic.wilson_interval(errors, 60)
    assert 0.92 <= np.mean((low <= 0.08) & (high >= 0.08)) <= 0.98


@pytest.mark.parametrize(("errors", "n"), [(3, 2), (-1, 5), (0, 0)])
def test_wilson_interval_names_impossible_counts(errors, n):
    with pytest.raises(ValueError, match=r"'errors' must be from 0 to 'n', and 'n' at least 1 \(got"):
        topic.wilson_interval(errors, n)


def test_slice_table_by_hand_is_worst_first():
    table = topic.slice_table([1, 0, 1, 1, 0, 0], list("abbbcc"))
    assert table.index.tolist() == ["a", "b", "c"]
    assert table["errors"].tolist() == [1, 2, 0]
    assert table["error_rate"].tolist() == pytest.approx([1, 2 / 3, 0])
    assert ((table["low"] <= table["error_rate"]) & (table["error_rate"] <= table["high"])).all()


def test_share_weights_sum_to_one_and_name_a_bad_share():
    weights = topic.share_weights([1, 1, 0, 0, 0], 0.01)
    assert weights.sum() == pytest.approx(1)
    assert weights[:2].sum() == pytest.approx(0.01)
    with pytest.raises(ValueError, match=r"'share' must be in \(0, 1\) \(got 1\)"):
        topic.share_weights([1, 0], 1)


def test_rare_split_overlaps_nowhere_and_counts_the_rare_digit():
    y = np.repeat(np.arange(10), 50)
    train, extra, test = topic.rare_split(y, n_rare=5, n_extra=20, seed=0)
    assert np.unique(np.concatenate([train, extra, test])).size == y.size
    assert ((y[train] == 5).sum(), (y[extra] == 5).sum(), (y[test] == 5).sum()) == (5, 20, 25)
    with pytest.raises(ValueError, match=r"'n_rare' must be from 2 to 29 \(got 30\)"):
        topic.rare_split(y, n_rare=30, n_extra=20, seed=0)
    with pytest.raises(ValueError, match=r"\(got 1\)"):
        topic.rare_split(y, n_rare=1, n_extra=20, seed=0)


def test_detector_scores_at_the_share_of_the_data_are_scikit_learns():
    rng = np.random.default_rng(0)
    y_true = (rng.random(300) < 0.2).astype(int)
    y_prob = rng.beta(1 + 2 * y_true, 3)
    scores = topic.detector_scores(y_true, y_prob, threshold=0.4, share=y_true.mean())
    for name, oracle in [("recall", recall_score), ("precision", precision_score), ("F1", f1_score)]:
        assert scores[name] == pytest.approx(oracle(y_true, y_prob >= 0.4))
    assert scores["accuracy"] == pytest.approx(np.mean((y_prob >= 0.4) == y_true))


def test_detector_scores_survive_a_detector_that_never_flags():
    scores = topic.detector_scores(np.array([1, 0, 0]), np.array([0.1, 0.1, 0.2]), share=0.01)
    assert (scores["recall"], scores["precision"], scores["F1"]) == (0, 0, 0)
    assert scores["accuracy"] == pytest.approx(0.99)


@pytest.fixture(scope="module")
def small():
    rng = np.random.default_rng(0)
    y_true = (np.arange(240) < 24).astype(int)
    return rng.normal(size=(240, 3)) + 1.5 * y_true[:, None], y_true


def test_tune_threshold_is_the_best_of_all_thresholds(small):
    X, y_true = small
    model = topic.make_detector()
    folds = topic.StratifiedKFold(5, shuffle=True, random_state=0)
    y_prob = cross_val_predict(model, X, y_true, cv=folds, method="predict_proba")[:, 1]
    f1 = {t: f1_score(y_true, y_prob >= t) for t in np.unique(y_prob)}
    assert f1[topic.tune_threshold(model, X, y_true, seed=0)] == pytest.approx(max(f1.values()))


@pytest.mark.parametrize("treatment", [name for name in topic.TREATMENTS if name != "threshold tuned"])
def test_fit_treatment_fits_each_and_and_flags_no_fewer_than_the_plain_model(small, treatment):
    X, y_true = small
    extra = X[:24] + 0.01
    flags = {}
    for name in ("as it is", treatment):
        model, threshold = topic.fit_treatment(name, X, y_true, X_extra=extra, seed=0)
        flags[name] = np.sum(model.predict_proba(X)[:, 1] >= threshold)
    assert flags[treatment] >= flags["as it is"]


@pytest.mark.parametrize("treatment", ["SMOTE", "undersampling"])
def test_what_is_drawn_for_a_treatment_hangs_on_the_seed(small, treatment):
    fitted = [topic.fit_treatment(treatment, *small, X_extra=small[0][:2], seed=seed)[0] for seed in (3, 3, 4)]
    first, again, other = (model.predict_proba(small[0]) for model in fitted)
    assert np.array_equal(first, again) and not np.allclose(first, other)


def test_fit_treatment_names_the_treatments(small):
    with pytest.raises(ValueError, match=r"'treatment' must be one of as it is, .* \(got 'magic'\)"):
        topic.fit_treatment("magic", *small, X_extra=small[0][:2], seed=0)


def test_compare_treatments_pairs_its_runs_and_repeats():
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(10), 30)
    X = rng.random((300, 40)) + (y == 5)[:, None]
    table = topic.compare_treatments(X, y, seed=3, n_runs=2, n_rare=8, n_extra=8)
    assert table.groupby("run")["treatment"].apply(list).tolist() == [list(topic.TREATMENTS)] * 2
    pd.testing.assert_frame_equal(table, topic.compare_treatments(X, y, seed=3, n_runs=2, n_rare=8, n_extra=8))
    assert table.drop(columns=["run", "treatment"]).to_numpy().min() >= 0
    ax = topic.plot_treatments(table, metric="recall")
    assert [tick.get_text() for tick in ax.get_yticklabels()] == list(topic.TREATMENTS)[::-1]


def test_plot_slices_puts_the_worst_on_top():
    ax = topic.plot_slices(topic.slice_table([1, 0, 0, 0], list("abbb")), target=0.1)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["b (n = 3)", "a (n = 1)"]
    matplotlib.pyplot.close("all")


def test_a_mean_has_the_t_interval_of_scipy():
    values = pd.DataFrame({"a": [0.1, -0.05, 0.02, 0.07, 0.0]})
    row = plotting.mean_interval(values).loc["a"]
    expected = stats.t.interval(0.95, 4, loc=values["a"].mean(), scale=stats.sem(values["a"]))
    assert row[["low", "high"]].tolist() == pytest.approx(expected)


def test_rates_of_groups_are_counted_by_hand():
    y_true, y_prob = np.array([1, 1, 1, 1, 0, 0]), {"a": np.array([0.9, 0.8, 0.4, 0.1, 0.6, 0.2]), "b": np.zeros(6)}
    table = topic.group_rates(y_true, y_prob, {"a": 0.5, "b": 0.5, "b, all": 0.0})
    assert table["n"].tolist() == [4, 2] * 3
    assert table["rate"].tolist() == [0.5, 0.5, 0, 0, 1, 1]
    assert ((table["low"] <= table["rate"]) & (table["rate"] <= table["high"])).all()
    ax = topic.plot_groups(table, "recall")
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["b, all", "b", "a"]
    matplotlib.pyplot.close("all")


def test_mistakes_at_a_threshold_and_their_bill():
    y_true, y_prob = np.array([1, 1, 0, 0]), np.array([0.9, 0.4, 0.6, 0.1])
    table = topic.count_mistakes(y_true, y_prob, [0.05, 0.5, 0.95], share=0.1, fields=100)
    assert table["missed"].tolist() == pytest.approx([0, 5, 10])
    assert table["false alarms"].tolist() == pytest.approx([90, 45, 0])
    ax = topic.plot_bill(table, 0.5, miss_eur=20, alarm_eur=2)
    assert ax.get_title() == "At 0.5: 5 missed, 45 false alarms, €190"
    matplotlib.pyplot.close("all")
