import numpy as np
import pandas as pd
import pytest

from helpers import data_pipeline as pipeline
from helpers import datasets
from helpers.checks import data_pipeline as check

CARS = datasets.load_cars()
SPANS = {year: rows.reset_index(drop=True) for year, rows in CARS.groupby("year")}
EXAMPLES = {year: pipeline.example_gen(rows) for year, rows in SPANS.items()}


def past(year):
    return pd.concat([EXAMPLES[y] for y in range(1970, year)], ignore_index=True)


def test_split_depends_on_content_alone():
    mixed = pipeline.example_gen(SPANS[1979].sample(frac=1, random_state=4))
    pd.testing.assert_frame_equal(mixed, EXAMPLES[1979])
    dearer = pipeline.example_gen(SPANS[1979].assign(weight=1.0)).set_index("name")["split"]
    assert dearer.to_dict() == EXAMPLES[1979].set_index("name")["split"].to_dict()
    two = SPANS[1979].head(2).assign(name="twin", year=1979.0, **dict.fromkeys(pipeline.MEASURED, 1.0))
    two["origin"] = ["Europe", "USA"]
    pd.testing.assert_frame_equal(pipeline.example_gen(two.iloc[::-1]), pipeline.example_gen(two))
    assert 0.25 < (past(1983)["split"] == "eval").mean() < 0.4
    assert set(pipeline.example_gen(SPANS[1979], eval_share=0)["split"]) == {"train"}


def test_merged_statistics_equal_pooled_ones():
    a, b = pd.DataFrame({"x": [1.0, 3.0]}), pd.DataFrame({"x": [8.0, np.nan]})
    merged = pipeline.merge_statistics(pipeline.statistics(a), pipeline.statistics(b)).loc["x"]
    assert merged.to_dict() == pytest.approx({"count": 3, "missing": 1, "mean": 4, "m2": 26, "min": 1, "max": 8})
    whole = pipeline.statistics(past(1983))
    for left, right in ((1971, 1972), (1980, 1970)):
        merged = pipeline.merge_statistics(pipeline.statistics(EXAMPLES[left]), pipeline.statistics(EXAMPLES[right]))
        both = pd.concat([EXAMPLES[left], EXAMPLES[right]]).select_dtypes("number")
        np.testing.assert_allclose(merged["m2"], both.var(ddof=0) * len(both), rtol=1e-9, atol=1e-9)
    assert whole.loc["weight", "mean"] == pytest.approx(CARS["weight"].mean())


@pytest.mark.parametrize(
    ("way", "check", "column"),
    [
        ("weight in kilograms", "distribution", "weight"),
        ("power in kilowatts", "distribution", "horsepower"),
        ("liters per 100 km", "distribution", "mpg"),
        ("weight as text", "types", "weight"),
        ("no power column", "columns", "horsepower"),
        ("power empty in a fifth", "empty cells", "horsepower"),
        ("a new origin", "categories", "origin"),
    ],
)
def test_each_breakage_is_reported_for_what_it_is(way, check, column):
    broken = pipeline.BREAKAGES[way](SPANS[1976], np.random.default_rng(0))
    failed = pipeline.validate(pipeline.infer_schema(past(1976)), pipeline.example_gen(broken))
    assert (check, column) in list(zip(failed["check"], failed["column"], strict=True))
    assert set(failed["column"]) == {column}


def test_repeats_and_good_spans():
    schema = pipeline.infer_schema(past(1976))
    assert pipeline.validate(schema, EXAMPLES[1976]).empty
    twice = pipeline.BREAKAGES["sent twice"](SPANS[1976], np.random.default_rng(0))
    assert "repeats" in set(pipeline.validate(schema, pipeline.example_gen(twice))["check"])


def test_margin_level_and_allowed():
    wide = pipeline.infer_schema(past(1978), margin=1, allowed={"cylinders": [5]})
    assert pipeline.validate(wide, EXAMPLES[1978]).empty
    narrow = pipeline.infer_schema(past(1978), level=0)
    assert set(pipeline.validate(narrow, EXAMPLES[1978])["check"]) == {"categories", "ranges"}
    with pytest.raises(ValueError, match=r"'margin' must be 0 or more \(got -1\)"):
        pipeline.infer_schema(past(1978), margin=-1)


def test_batch_scaler_answers_batches_only():
    scaler = pipeline.BatchScaler().fit(np.zeros((3, 1)))
    np.testing.assert_allclose(scaler.transform([[1.0], [3.0]]), [[-1], [1]])
    assert np.isnan(scaler.transform([[5.0]])).all()
    with pytest.raises(ValueError, match=r"'scaler' must be one of training, batch \(got 'day'\)"):
        pipeline.make_model(scaler="day")


def test_training_ignores_the_evaluation_split():
    rows = past(1975)
    other = rows.assign(mpg=rows["mpg"].mask(rows["split"] == "eval", 1000.0))
    assert pipeline.rmse(pipeline.train(rows), rows) == pipeline.rmse(pipeline.train(other), rows)
    model = pipeline.train(rows)
    assert pipeline.rmse(model, rows) == pytest.approx((((model.predict(rows) - rows["mpg"]) ** 2).mean()) ** 0.5)


@pytest.fixture
def folder(tmp_path):
    for year in range(1970, 1974):
        pipeline.run_span(SPANS[year], tmp_path)
    return tmp_path


def test_a_repeated_run_changes_nothing(folder):
    before = pipeline.folder_digest(folder)
    assert len(before) == 3 * 4 + 1
    pipeline.run_span(SPANS[1973].sample(frac=1, random_state=0), folder)
    assert pipeline.folder_digest(folder) == before
    for span in range(1970, 1974):
        again = pipeline.run_span(SPANS[span], folder)
        assert pipeline.folder_digest(folder) == before, span
    assert again["candidate"] > 1.05 * again["in_use"] and again["stopped_by"] == "Evaluator"
    assert pipeline.seen_so_far(folder, before=1970) is None
    assert sorted(pipeline.seen_so_far(folder)["year"].unique()) == [1970, 1971, 1972, 1973]


def test_an_older_span_is_not_pushed_though_it_passes_the_gates(folder):
    outcome = pipeline.run_span(SPANS[1971], folder)
    assert outcome["candidate"] < 1.05 * outcome["in_use"]
    assert (outcome["stopped_by"], outcome["reason"]) == ("Pusher", "a newer span is in")


def test_the_validator_leaves_no_trace_of_a_broken_span(folder):
    before = pipeline.folder_digest(folder)
    broken = pipeline.BREAKAGES["weight in kilograms"](SPANS[1974], None)
    outcome = pipeline.run_span(broken, folder, validate_with={})
    assert outcome["stopped_by"] == "ExampleValidator" and "weight" in outcome["reason"]
    assert pipeline.folder_digest(folder) == before


def test_gates_protect_the_model_in_use(folder):
    served = pipeline.folder_digest(folder)["serving/model.joblib"]
    outcome = pipeline.run_span(SPANS[1974], folder, scaler="batch")
    assert outcome["stopped_by"] == "InfraValidator" and outcome["candidate"] < outcome["in_use"]
    assert pipeline.run_span(SPANS[1974], folder, tolerance=0.5)["stopped_by"] == "Evaluator"
    assert pipeline.folder_digest(folder)["serving/model.joblib"] == served
    assert pipeline.run_span(SPANS[1974], folder)["stopped_by"] == ""
    assert pipeline.folder_digest(folder)["serving/model.joblib"] != served


def test_of_two_rules_the_one_with_a_limit_does_not_mind_a_small_shift_in_many_rows():
    past = {"a": 500, "b": 300, "c": 200}
    options = {"distance": check.furthest_share, "rng": np.random.default_rng(0)}
    small = pipeline.shift_alarms(past, 0.03, [50_000], n_spans=20, **options)
    large = pipeline.shift_alarms(past, 0.15, [50_000], n_spans=20, **options)
    none = pipeline.shift_alarms(past, 0.0, [500], n_spans=200, **options)
    assert small.loc[50_000].tolist() == [1, 0]
    assert large.loc[50_000].tolist() == [1, 1]
    assert (none.loc[500] < 0.02).all()


def test_the_furthest_share_by_hand():
    assert check.furthest_share({"a": 1, "b": 3}, {"b": 1, "new": 1}) == pytest.approx(0.5)


def test_only_the_last_spans_are_the_distribution_that_a_new_one_is_compared_with():
    rows = past(1983)
    older = rows.assign(weight=rows["weight"].where(rows["year"] > 1979, 9000.0))
    for recent, alarm in ((3, False), (4, True)):
        schema = pipeline.infer_schema(older, recent=recent, level=0.05)
        failed = pipeline.validate(schema, rows[rows["year"] > 1979])
        assert ("weight" in set(failed.loc[failed["check"] == "distribution", "column"])) == alarm


def test_an_old_span_is_judged_by_what_came_before_it(folder):
    """Whatever later spans have shown since: sent again, it gets the verdict that it got."""
    later = SPANS[1974].assign(weight=9000.0)
    pipeline.run_span(later, folder)
    broken = SPANS[1973].assign(weight=8000.0)
    assert "ranges: weight" in pipeline.run_span(broken, folder, validate_with={"level": 0})["reason"]


def test_a_candidate_is_judged_on_the_last_four_spans(folder):
    outcome = pipeline.run_span(SPANS[1974], folder)
    seen = pipeline.seen_so_far(folder)
    recent = seen[(seen["split"] == "eval") & (seen["year"] >= 1971)]
    assert outcome["candidate"] == pytest.approx(pipeline.rmse(pipeline.train(seen), recent))
