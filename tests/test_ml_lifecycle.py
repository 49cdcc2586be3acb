import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier

from helpers import ml_lifecycle as ml
from helpers.datasets import load_mnist, load_published
from helpers.descriptions import describe
from helpers.images import center_ink

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def digits():
    X, y = load_mnist()
    order = np.random.default_rng(1).permutation(len(X))[:2600]
    return X[order], y[order]


def constant(answer):
    return DummyClassifier(strategy="constant", constant=answer)


def test_worst_mistake_by_hand():
    assert ml.worst_mistake([1, 1, 7, 7, 7], [7, 1, 1, 1, 7]) == "7 read as 1 (2 times)"
    assert ml.worst_mistake([1, 7], [7, 1]) == "1 read as 7 (1 times)"  # a tie


def test_modeling_loop_stops_at_the_first_idea_that_is_good_enough():
    X, y = np.zeros((4, 1)), np.array([1, 1, 1, 2])
    ideas = {"twos": constant(2), "ones": constant(1), "never tried": constant(2)}
    table, model = ml.modeling_loop(ideas, (X, y), (X, y), target_error=0.25)
    assert table["idea"].tolist() == ["twos", "ones"]
    assert table["error"].tolist() == [0.75, 0.25]
    assert table["good_enough"].tolist() == [False, True]
    assert table["worst"][0] == "1 read as 2 (3 times)"
    assert model.predict(X).tolist() == [1] * 4
    with pytest.raises(ValueError, match=r"'target_error' must be between 0 and 1 \(got 6\)"):
        ml.modeling_loop(ideas, (X, y), (X, y), target_error=6)


def test_each_idea_is_better_than_the_one_before(digits):
    X, y = digits
    table, _ = ml.modeling_loop(ml.candidate_models(), (X[:1500], y[:1500]), (X[1500:], y[1500:]), target_error=1e-6)
    assert table["error"].is_monotonic_decreasing
    assert table["error"].iloc[-1] < 0.08


def test_scans_do_what_they_say():
    X = np.zeros((1, 784))
    X[0, 28 * 3 + 5] = 1
    assert np.argmax(ml.scan(X, "shifted")) == 28 * 5 + 7
    assert ml.scan(X, "paler").max() == pytest.approx(0.4)
    assert ml.scan(X) is not X and np.array_equal(ml.scan(X), X)
    edge = np.zeros((1, 784))
    edge[0, -1] = 1
    assert ml.scan(edge, "shifted").sum() == 0  # ink that leaves the paper is gone
    with pytest.raises(ValueError, match=r"'change' must be one of none, paler, shifted \(got 'wet'\)"):
        ml.scan(X, "wet")


def test_fixes_undo_the_changes(digits):
    X = digits[0][:50]
    assert np.allclose(ml.even_ink(ml.scan(X, "paler")), ml.even_ink(X))
    assert np.allclose(ml.even_ink(X).max(axis=1), 1)
    square = np.zeros((1, 28, 28))
    square[0, 2:6, 20:24] = 1
    centered = center_ink(square.reshape(1, -1)).reshape(28, 28)
    assert centered[12:16, 12:16].sum() == 16
    assert np.array_equal(center_ink(ml.scan(square.reshape(1, -1), "shifted")), centered.reshape(1, -1))


def test_deployment_loop_alarms_retrains_and_repairs_the_cause(digits):
    X, y = digits
    train, live = (X[:1000], y[:1000]), (X[1000:], y[1000:])
    model = ml.candidate_models()["curved borders (PCA, QDA)"].fit(*train)
    options = dict(changes={3: "paler", 8: "shifted"}, forms_per_week=100, checked_per_week=60)
    table = ml.deployment_loop(
        model, train, live, fixes={"paler": ml.even_ink, "shifted": center_ink}, alarm_at=0.17, **options
    )
    assert table.index.tolist() == list(range(1, 17))
    assert table["scanner"].tolist() == ["none"] * 2 + ["paler"] * 5 + ["shifted"] * 9
    assert table["labels"].tolist() == [60 * week for week in range(1, 17)]
    assert (table["alarm"] == (table["checked_error"] >= 0.17)).all()
    assert (table["version"].diff().fillna(0) == table["alarm"].shift(fill_value=False)).all()
    assert table["error"][3] > 0.15 and table["error"][4:7].mean() < 0.12
    assert table["error"][8] > 0.3 and table["error"][10:].mean() < 0.12


def test_deployment_loop_without_changes_never_alarms_a_perfect_model():
    X, y = np.zeros((40, 784)), np.ones(40, dtype=int)
    table = ml.deployment_loop(constant(1).fit(X, y), (X, y), (X, y), changes={}, forms_per_week=10, checked_per_week=5)
    assert len(table) == 4 and not table["alarm"].any() and (table["version"] == 1).all()
    all_checked = ml.deployment_loop(
        constant(1).fit(X, y), (X, y), (X, y), changes={}, forms_per_week=10, checked_per_week=10
    )
    assert (all_checked["checked_error"] == all_checked["error"]).all()
    with pytest.raises(ValueError, match=r"'checked_per_week' must be from 1 to 10 \(got 11\)"):
        ml.deployment_loop(constant(1), (X, y), (X, y), changes={}, forms_per_week=10, checked_per_week=11)


def test_an_alarm_without_a_cause_uses_no_fix_up():
    X, y = np.zeros((60, 784)), np.array([1] * 20 + [2] * 40)
    asked = []
    fixes = {"paler": lambda images: asked.append(len(images)) or images}
    options = dict(changes={3: "paler"}, fixes=fixes, forms_per_week=10, checked_per_week=5)
    ml.deployment_loop(constant(1).fit(X, y), (X[:10], y[:10]), (X[20:], y[20:]), **options)
    assert asked[0] == 10 + 3 * 5  # first put in front after week 3, when all checked forms are fitted again


def test_every_consideration_links_to_a_notebook_of_the_syllabus():
    table = load_published("paleyes2020_considerations")
    weeks = tomllib.loads((ROOT / "notebooks" / "syllabus.toml").read_text(encoding="utf-8"))["weeks"]
    known = {f"{week['name']}/{notebook['name']}" for week in weeks for notebook in week["notebooks"]}
    assert set(table["notebook"].dropna()) <= known
    stages = ["data management", "model learning", "model verification", "model deployment", "cross-cutting"]
    assert table["stage"].unique().tolist() == stages
    assert table.dropna(subset="notebook")["stage"].nunique() == 5
    assert not table.duplicated(["stage", "step", "consideration"]).any()


def test_table_of_links_has_one_row_per_step():
    table = pd.DataFrame(
        [("s", "t", "one", "week1/x"), ("s", "t", "two", None), ("s", "u", "three", None)],
        columns=["stage", "step", "consideration", "notebook"],
    )
    rows = ml.link_considerations(table).splitlines()[2:]
    assert rows == ["| s | t | [one](../week1/x.ipynb) · two |", "| s | u | three |"]


def test_figures_show_target_alarms_and_changes():
    import matplotlib.pyplot as plt

    picture = ml.plot_lifecycle()
    words = [text.get_text() for text in picture.texts]
    assert describe(picture.figure).startswith("Figure. Labels in the figure: scoping, a target, data")
    assert [word for word in words if word in ("scoping", "data", "modeling", "deployment")] == [
        "scoping",
        "data",
        "modeling",
        "deployment",
    ]
    assert "a target" in words and "forms nobody\nhad foreseen" in words
    table = pd.DataFrame({"idea": ["a", "b"], "error": [0.5, 0.02]})
    ax = ml.plot_modeling_loop(table, 0.06)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["b", "a"]
    assert ax.lines[0].get_xdata()[0] == 6
    weeks = pd.DataFrame(
        {"error": [0.1, 0.4, 0.1], "alarm": [False, True, False], "scanner": ["none", "paler", "paler"]},
        index=[1, 2, 3],
    )
    ax = ml.plot_deployment_loop({"team": weeks}, 0.15)
    assert [text.get_text() for text in ax.texts] == ["alarm limit", "paler"]
    assert ax.lines[1].get_xdata().tolist() == [2]
    plt.close("all")
