import numpy as np
import pytest

from helpers import data_pipeline_flights as real


@pytest.fixture(scope="module")
def deliveries():
    return real.load_deliveries()


def test_each_way_to_join_goes_wrong_as_it_says(deliveries):
    flights, weather = deliveries
    rows = {way: real.join(flights, weather, way) for way in real.JOINS}
    forgotten, inner, shifted, right = rows.values()
    assert len(forgotten) > 2.9 * len(flights)
    assert len(inner) == right["visibility_miles"].notna().sum() == len(flights) - 278
    assert not ((inner["month"] == 12) & (inner["day"] == 31)).any()
    assert len(right) == len(shifted) == len(flights)
    one = right.iloc[20_000]
    hours = weather.set_index(real.KEYS)["temperature_f"]
    assert one["temperature_f"] == hours[tuple(one[real.KEYS])]
    earlier = (one["origin"], one["month"], one["day"], (one["hour"] - 5) % 24)
    assert shifted.iloc[20_000]["temperature_f"] == hours[earlier]


def test_an_unknown_way_is_named(deliveries):
    with pytest.raises(ValueError, match="'way' must be one of .* \\(got 'by hand'\\)"):
        real.join(*deliveries, "by hand")


def test_a_column_that_tells_all_is_worth_all_until_it_is_missing(deliveries):
    rows = real.join(*deliveries, "airport and hour").assign(oracle=lambda t: t["arr_delay"])
    model = real.train(rows, ["oracle"])
    assert real.evaluate(model, rows, ["oracle"]) > 0.999
    assert real.evaluate(model, rows.assign(oracle=np.nan), ["oracle"]) == 0.5
