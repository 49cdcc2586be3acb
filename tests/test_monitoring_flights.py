import numpy as np
import pandas as pd
import pytest

from helpers import datasets
from helpers import monitoring_flights as real


@pytest.fixture(scope="module")
def days():
    return real.load_days()


def test_days_come_as_they_came(days):
    assert days.index.tolist() == list(range(1, 366))
    assert days["month"].value_counts().sort_index().tolist() == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert days["weekday"].tolist() == [(day + 1) % 7 for day in range(365)]  # 2013 began with a Tuesday
    assert days["trained"].sum() == 45
    flights = datasets.load_flights().query("month == 2 and day == 3").dropna(subset="arr_delay")
    third = days.loc[34]
    assert third["flights"] == len(flights)
    assert third["late"] == (flights["arr_delay"] > 15).mean()
    assert third["evening share"] == (flights["scheduled"] >= 1020).mean()


def test_dealt_days_are_the_same_days_in_another_order(days):
    dealt = real.load_days(np.random.default_rng(0))
    for name in ("flights", "temperature", "late"):
        assert np.allclose(np.sort(dealt[name]), np.sort(days[name]), equal_nan=True)
        assert not np.allclose(dealt[name], days[name])
    assert (dealt["month"] == days["month"]).all()


def made_up(**columns):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({name: rng.normal(100, 1, 365) for name in real.METRICS}, index=range(1, 366))
    day = np.arange(365)
    table = table.assign(weekday=day % 7, trained=(day % 2 == 0) & (day < 90), month=1)
    return table.assign(**columns)


def test_bands_come_from_days_the_model_did_not_learn_from():
    table = made_up()
    table.loc[table["trained"], "late"] = 1e6
    table.loc[200, "late"] = 120
    alarms = real.alarms_after_march(table, 0.001)
    assert alarms.index[0] == 91
    assert alarms.loc[200].to_dict() == {name: name == "late" for name in real.METRICS}


def test_a_loss_hides_behind_the_weekend_until_weekdays_are_compared():
    weekend = np.arange(365) % 7 >= 5
    table = made_up(flights=np.where(weekend, 50.0, 100.0) + np.arange(365) % 3)
    assert real.seen_losses(table, 0.3, 0.01) == (0, 1)
    assert real.seen_losses(table, 0, 0.01) == (0, 0)
