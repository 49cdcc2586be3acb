import matplotlib

matplotlib.use("Agg")

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import confusion_matrix
from sklearn.tree import DecisionTreeClassifier, export_text

from helpers import datasets, error_analysis_tagging
from helpers import error_analysis as topic
from helpers.checks import error_analysis as check
from helpers.error_analysis_tagging import TaggingDesk


@pytest.fixture(scope="module")
def digits():
    X, y = datasets.load_mnist()
    return X[::10], y[::10]


def test_distort_makes_faint_fields_gray_and_thick_ones_darker(digits):
    X, _ = digits
    faint, thick = topic.distort(X, "faint", seed=0), topic.distort(X, "thick pen", seed=0)
    assert faint.min() >= 0
    assert faint.max() <= 0.6
    assert (thick >= X).all()
    assert thick.mean() > 1.2 * X.mean()


def test_distort_rotates_by_its_angles_and_leaves_its_input_alone():
    bar = np.zeros((1, 28, 28))
    bar[0, 4:24, 13:15] = 1
    before = bar.copy()
    turned = topic.distort(bar.reshape(1, 784), "rotated", seed=0).reshape(28, 28)
    rows, columns = np.nonzero(turned > 0.5)
    slope = abs(np.polyfit(rows, columns, 1)[0])
    assert np.tan(np.radians(40)) < slope < np.tan(np.radians(65))
    np.testing.assert_array_equal(bar, before)


def test_distort_names_the_tags(digits):
    with pytest.raises(ValueError, match=r"'tag' must be one of faint, rotated, thick pen \(got 'wet'\)"):
        topic.distort(digits[0][:1], "wet", seed=0)


def test_simulate_traffic_plants_faintness_in_lyons_afternoons_only(digits):
    X, _ = digits
    scans, fields, tags = topic.simulate_traffic(X, seed=1)
    lyon = (fields["site"] == "Lyon") & (fields["hour"] >= 15)
    pd.testing.assert_series_equal(tags["faint"], lyon, check_names=False)
    assert (fields.loc[tags["rotated"], "form"] == "old").all()
    assert tags["thick pen"].mean() == pytest.approx(0.7, abs=0.01)
    untouched = ~tags[["faint", "rotated"]].any(axis=1)
    np.testing.assert_array_equal(scans[untouched], X[untouched])
    np.testing.assert_array_equal(scans, topic.simulate_traffic(X, seed=1)[0])


def test_tag_table_by_hand():
    tags = pd.DataFrame({"a": [1, 1, 0, 0, 0], "b": [0, 1, 1, 0, 0]}, dtype=bool)
    table = topic.tag_table(tags, [True, True, False, True, False])
    assert table["errors"].to_dict() == {"a": 2, "b": 1, "(no tag)": 1}
    assert table["share"].to_dict() == {"a": 0.4, "b": 0.4, "(no tag)": 0.4}
    assert table["share_of_errors"].tolist() == pytest.approx([2 / 3, 1 / 3, 1 / 3])
    assert table["error_rate"].tolist() == [1.0, 0.5, 0.5]
    assert ((table["low"] <= table["error_rate"]) & (table["error_rate"] <= table["high"])).all()


def test_tag_table_survives_a_tag_that_never_occurs_and_no_errors():
    tags = pd.DataFrame({"a": [False, False]})
    table = topic.tag_table(tags, [False, False])
    assert table.loc["a", ["n", "error_rate", "low", "high"]].tolist() == [0, 0, 0, 1]
    assert table["share_of_errors"].tolist() == [0, 0]


def test_tag_table_names_a_wrong_length():
    with pytest.raises(ValueError, match=r"'is_error' must have one value per field, 2 \(got 3\)"):
        topic.tag_table(pd.DataFrame({"a": [True, False]}), [True, False, True])


def test_room_of_one_tag_is_the_difference_of_two_rates():
    tags = pd.DataFrame({"a": [True, True, False, False]})
    assert topic.room(tags, [True, True, True, False])["a"] == pytest.approx(0.5)


def test_room_recovers_planted_effects_where_the_raw_rates_are_confounded():
    rng = np.random.default_rng(0)
    faint = rng.random(200_000) < 0.2
    thick = rng.random(200_000) < np.where(faint, 0.9, 0.3)
    is_error = rng.random(200_000) < 0.05 + 0.3 * faint
    tags = pd.DataFrame({"faint": faint, "thick": thick})
    found = topic.room(tags, is_error)
    assert found["faint"] == pytest.approx(0.3, abs=0.02)
    assert found["thick"] == pytest.approx(0, abs=0.01)
    raw = topic.tag_table(tags, is_error)["error_rate"]
    assert raw["thick"] - raw["(no tag)"] > 0.05


def test_room_is_zero_where_nothing_can_be_compared():
    tags = pd.DataFrame({"a": [True, True], "b": [True, False]})
    assert topic.room(tags, [True, False])["a"] == 0


@pytest.fixture(scope="module")
def grown():
    rng = np.random.default_rng(0)
    features = pd.DataFrame({"site_Lyon": rng.integers(0, 2, 3000), "hour": rng.integers(8, 20, 3000)})
    slice_ = (features["site_Lyon"] == 1) & (features["hour"] >= 15)
    is_error = rng.random(3000) < np.where(slice_, 0.5, 0.05)
    tree = DecisionTreeClassifier(max_depth=2, random_state=0).fit(features.to_numpy(dtype=np.float32), is_error)
    return tree, features, is_error, slice_


def test_node_table_recovers_the_planted_slice_in_words(grown):
    tree, features, is_error, slice_ = grown
    nodes = topic.node_table(tree, features, is_error)
    worst = nodes.iloc[0]
    assert set(worst["rule"].split(", ")) == {"site is Lyon", "hour ≥ 15"}
    assert worst["n"] == slice_.sum()
    assert worst["error_rate"] == pytest.approx(is_error[slice_].mean())
    assert worst["coverage"] == pytest.approx(is_error[slice_].sum() / is_error.sum())
    assert nodes[["share", "coverage"]].sum().tolist() == pytest.approx([1, 1])
    assert "site" in export_text(tree, feature_names=list(features.columns))


def test_node_table_says_each_column_once():
    site, hour = np.repeat(["Graz", "Lyon", "Porto"], 12), np.tile(np.arange(8, 20), 3)
    features = pd.DataFrame({"site_Graz": site == "Graz", "site_Lyon": site == "Lyon", "hour": hour}).astype(int)
    is_error = (site == "Porto") & (hour >= 11) & (hour < 15)
    tree = DecisionTreeClassifier(random_state=0).fit(features.to_numpy(dtype=np.float32), is_error)
    worst = topic.node_table(tree, features, is_error).iloc[0]
    assert set(worst["rule"].split(", ")) == {"site is neither Graz nor Lyon", "11 ≤ hour < 15"}
    assert worst["error_rate"] == 1


def test_node_table_measures_other_fields_too(grown):
    tree, features, is_error, _ = grown
    half = topic.node_table(tree, features[:1500], is_error[:1500])
    assert half["n"].sum() == 1500


def test_a_tree_without_a_split_is_one_leaf():
    features = pd.DataFrame({"hour": [8, 9]})
    tree = DecisionTreeClassifier(max_depth=1).fit(features.to_numpy(dtype=np.float32), [False, False])
    nodes = topic.node_table(tree, features, [False, False])
    assert nodes["rule"].tolist() == ["every field"]
    assert nodes["coverage"].tolist() == [0]


def test_confusion_by_row_without_its_diagonal():
    y_true, y_pred = [0, 0, 0, 0, 1, 1, 2], [0, 1, 1, 2, 1, 0, 2]
    shares = check.confusion_shares(y_true, y_pred, n_classes=3)
    oracle = confusion_matrix(y_true, y_pred, normalize="true") * (1 - np.eye(3))
    np.testing.assert_allclose(shares, oracle)
    with pytest.raises(ValueError, match=r"'y_true' must hold each of the 3 classes \(got \[0, 2\]\)"):
        check.confusion_shares([0, 2], [0, 2], n_classes=3)


def test_the_heat_map_names_its_largest_shares():
    shares = np.zeros((10, 10))
    shares[7, 9], shares[4, 2] = 0.31, 0.12
    ax = topic.plot_confusion(shares)
    assert [(text.get_position(), text.get_text()) for text in ax.texts[:2]] == [((9, 7), "0.31"), ((2, 4), "0.12")]
    matplotlib.pyplot.close("all")


def test_the_worst_is_sure_and_wrong():
    scores = np.array([[9.0, 1, 0], [0, 5, 4], [0, 2, 8], [3, 2, 1]])
    assert check.worst_first(scores, [0, 2, 1, 2], 3).tolist() == [2, 3, 1]


def test_the_grain_of_the_paper_hangs_on_the_seed():
    grain = []
    for seed in (1, 2):
        scans, _, tags = topic.simulate_traffic(np.zeros((300, 784)), seed=seed)
        grain.append(scans[tags["faint"]][0])
    assert grain[0].max() > 0.2 and not np.array_equal(*grain)


def test_a_person_sees_the_gray_paper_first():
    tags = pd.DataFrame({"faint": [1, 1, 0, 0], "rotated": [1, 0, 1, 0], "thick pen": [1, 1, 1, 1]}, dtype=bool)
    assert topic.visible_tag(tags).tolist() == ["faint", "faint", "rotated", "other"]


def test_a_desk_notes_what_is_chosen_and_what_is_taken_back():
    desk = TaggingDesk(np.zeros((3, 784)), ["7 as 1", "4 as 2", "3 as 8"], ["faint", "other"])
    assert desk.tags == {}
    desk.lists[2].value = "faint"
    desk.lists[0].value = "other"
    assert desk.tags == {3: "faint", 1: "other"}
    desk.lists[2].value = ""
    assert desk.tags == {1: "other"}
    boxes = desk.widget().children
    assert [box.children[0].value for box in boxes] == ["1: 7 as 1", "2: 4 as 2", "3: 3 as 8"]
    assert all(bytes(box.children[1].value[:4]) == b"\x89PNG" for box in boxes)
    assert [box.children[2] for box in boxes] == desk.lists
    assert [tag.tooltip for tag in desk.lists] == ["tag of picture 1", "tag of picture 2", "tag of picture 3"]


@pytest.mark.parametrize("browser", [True, False])
def test_a_desk_is_a_picture_where_nobody_can_tag(browser, monkeypatch):
    shown = []
    monkeypatch.setattr(error_analysis_tagging, "has_browser", lambda: browser)
    monkeypatch.setattr(error_analysis_tagging, "show_widget", shown.append)
    monkeypatch.setattr(error_analysis_tagging, "show_described", shown.append)
    TaggingDesk(np.zeros((2, 784)), ["7 as 1", "4 as 2"], ["faint"]).show()
    assert [type(each).__name__ for each in shown] == ["GridBox" if browser else "Figure"]
    if not browser:
        assert [text.get_text() for text in shown[0].axes[0].texts] == ["1: 7 as 1", "2: 4 as 2"]


def test_rankings_sort_and_name():
    table = pd.DataFrame({"points": [1.0, 3.0, 2.0]}, index=["a", "b", "c"])
    axes = topic.plot_rankings(table, {"points": "points"})
    assert [tick.get_text() for tick in np.atleast_1d(axes)[0].get_yticklabels()] == ["a", "c", "b"]
    rates = pd.DataFrame({"error_rate": [0.1, 0.3], "low": [0.0, 0.2], "high": [0.2, 0.4]}, index=["a", "b"])
    ax = np.atleast_1d(topic.plot_rankings(rates, {"error_rate": "error rate"}))[0]
    spans = [segment[:, 0].tolist() for lines in ax.collections for segment in lines.get_segments()]
    assert spans == [[0.0, 0.2], [0.2, 0.4]]
    matplotlib.pyplot.close("all")


def test_gain_is_share_times_room_and_its_interval_narrows_with_more_fields():
    rng = np.random.default_rng(0)
    width = []
    for n in (400, 6400):
        tags = pd.DataFrame({"faint": rng.random(n) < 0.2, "thick": rng.random(n) < 0.5})
        error = rng.random(n) < np.where(tags["faint"], 0.5, 0.1)
        table = topic.gain_table(tags, error)
        assert table["points"].tolist() == pytest.approx((100 * tags.mean() * topic.room(tags, error)).tolist())
        assert table.loc["faint", "low"] < 100 * 0.2 * 0.4 < table.loc["faint", "high"]
        assert table.loc["thick", "low"] < 0 < table.loc["thick", "high"]
        width.append(table.loc["faint", "high"] - table.loc["faint", "low"])
    assert 2.5 < width[0] / width[1] < 6  # sixteen times the fields, a quarter of the width
