import matplotlib

matplotlib.use("agg")

import numpy as np
import pandas as pd
import pytest

from helpers import concept_drift_flights as real


@pytest.fixture(scope="module")
def year():
    return real.load_year()


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_a_year_has_its_days_and_no_empty_label(year):
    assert year["date"].nunique() == 365
    assert year.groupby("date")["month"].nunique().max() == 1
    assert year["late"].dtype == bool
    assert 0.2 < year["late"].mean() < 0.26
    assert all(pd.api.types.is_numeric_dtype(year[name]) for name in real.INPUTS)


def test_dealt_days_stay_together_and_keep_what_happened_on_them(year, rng):
    dealt = real.deal(year, "days", rng)
    assert dealt.drop(columns=["month", "date"]).equals(year.drop(columns=["month", "date"]))
    assert dealt.groupby(year["date"])["date"].nunique().max() == 1
    assert dealt.groupby("month")["date"].nunique().tolist() == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert (dealt["month"] != year["month"]).mean() > 0.8
    assert year["month"].is_monotonic_increasing, "the year itself stays as it was"


def test_flights_dealt_singly_leave_their_day(year, rng):
    dealt = real.deal(year, "flights", rng)
    assert dealt.groupby(year["date"])["date"].nunique().min() > 50
    assert (dealt["month"].value_counts() == year["month"].value_counts()).all()


def test_an_unknown_unit_is_named(year, rng):
    with pytest.raises(ValueError, match="'unit' must be 'days' or 'flights' \\(got 'weeks'\\)"):
        real.deal(year, "weeks", rng)


def test_a_third_is_kept_back_as_whole_days_or_as_flights(year, rng):
    by_day = real.keep_back(year, "days", rng)
    assert year.assign(back=by_day).groupby("date")["back"].nunique().max() == 1
    assert by_day.mean() == pytest.approx(1 / 3, abs=0.02)
    single = real.keep_back(year, "flights", rng)
    assert single.mean() == pytest.approx(1 / 3, abs=1e-3)
    assert year.assign(back=single).groupby("date")["back"].nunique().min() == 2


def test_a_monitor_sees_a_summer_that_was_planted(year):
    planted = year.copy()
    rows = planted["month"] == 7
    planted.loc[rows, "temperature_f"] += 200
    planted.loc[rows, "late"] = True
    months = real.follow_months(planted)
    assert months.loc[7, "inputs"] == 1
    assert months.loc[7, "late"] == 1
    assert months["error"].idxmax() == 7
    assert months.index.tolist() == list(real.LATER)
    assert (months["error"] == (months["late"] - months["expected"]).abs()).all()


def test_a_model_of_the_months_before_learns_what_they_have(year):
    monday = year["weekday"] == 0
    misses = real.retrain_monthly(year.assign(late=monday.where(year["month"] < 5, ~monday)))
    assert misses[4] < 0.02 < 0.5 < misses[5]
    assert misses[misses.index >= 8].max() < 0.02


def test_the_figure_names_its_months(year):
    table = pd.DataFrame({"late": [0.3, 0.2], "expected": [0.2, 0.2]}, index=[4, 5])
    ax = real.plot_months(table, 0.05)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["Apr", "May"]
