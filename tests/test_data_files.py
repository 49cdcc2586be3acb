"""The files in data/ are the ones that data/README.md describes."""

import hashlib
import re
import runpy

import numpy as np
import pytest

from helpers import datasets

CHECKSUMS = dict(
    line.split()[::-1]
    for line in (datasets.DATA / "README.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"[0-9a-f]{64} ", line)
)


def test_every_data_file_has_its_checksum():
    files = [path for path in datasets.DATA.rglob("*") if path.suffix in {".npz", ".csv", ".json", ".parquet"}]
    assert {path.relative_to(datasets.DATA).as_posix() for path in files} == set(CHECKSUMS)


@pytest.mark.parametrize("name", sorted(CHECKSUMS))
def test_a_data_file_is_unchanged(name):
    assert hashlib.sha256((datasets.DATA / name).read_bytes()).hexdigest() == CHECKSUMS[name]


def test_spoken_digits_cover_every_voice_and_digit():
    clips, y, voice = datasets.load_spoken_digits()
    pairs, counts = np.unique(np.c_[voice, y], axis=0, return_counts=True)
    assert len(clips) == len(y) == len(voice) == 720
    assert len(pairs) == 360 and (counts == 2).all()
    assert all(0.19 <= len(clip) / datasets.SAMPLE_RATE_HZ <= 0.77 for clip in clips)
    assert 0.5 < max(np.abs(clip).max() for clip in clips) <= 1


def test_real_digits_are_ten_words_that_fit_a_recording():
    clips, y = datasets.load_real_digits()
    assert y.tolist() == list(range(10))
    assert all(0.4 < len(clip) / datasets.SAMPLE_RATE_HZ < 0.82 for clip in clips)
    assert all(np.abs(clip).max() == pytest.approx(0.6, abs=0.02) for clip in clips)
    assert (datasets.DATA / "real_digits.npz").stat().st_size < 100_000


def test_six_real_people_are_understood_much_less_than_synthetic_voices():
    table = datasets.load_published("speech_real_people").query("recogniser.str.startswith('linear')")
    mean = table[table["tested_on"].str.startswith("person")].groupby("trained_on")["accuracy"].mean()
    summary = datasets.load_published("speech_off_the_shelf").set_index(["recogniser", "trained_on", "tested_on"])
    ours = summary.loc[table["recogniser"].iloc[0]].accuracy
    assert ours["synthetic voices", "six real people"] == pytest.approx(mean["synthetic voices"], abs=6e-4)
    assert ours["five other people", "six real people"] == pytest.approx(mean["five other people"], abs=6e-4)


def test_dawid_and_skene_is_the_published_table():
    """Their estimates (tables 2 and 3 of the paper): class shares, and what observer 1 says of each class."""
    votes = datasets.load_published("dawid_skene1979_table1").set_index("patient").to_numpy()
    said = np.stack([votes == grade for grade in (1, 2, 3, 4)], axis=2).astype(float)
    by_person = np.stack([said[:, :3].sum(axis=1), *said[:, 3:].transpose(1, 0, 2)])
    prob = by_person.sum(axis=0) / 7
    for _ in range(200):
        share = prob.mean(axis=0)
        joint = np.einsum("nj,onk->ojk", prob, by_person) + 1e-12
        errors = joint / joint.sum(axis=2, keepdims=True)
        prob = share * np.exp(np.einsum("onk,ojk->nj", by_person, np.log(errors)))
        prob /= prob.sum(axis=1, keepdims=True)
    assert share.round(2).tolist() == [0.40, 0.42, 0.11, 0.07]
    assert errors[0].round(2).tolist() == [
        [0.89, 0.11, 0, 0],
        [0.07, 0.88, 0.05, 0],
        [0, 0.34, 0.66, 0],
        [0, 0, 0.56, 0.44],
    ]


def test_babble_is_long_enough_to_lie_under_a_clip():
    assert all(len(talk) > 15_000 and np.abs(talk).max() <= 1 for talk in datasets.load_babble())


def test_flights_are_a_fair_sample_of_the_year():
    flights = datasets.load_flights()
    assert flights.groupby(["month", "day"]).ngroups == 365
    assert flights.loc[(flights["month"] == 1) & (flights["day"] == 1), "weekday"].unique().tolist() == [1]  # a Tuesday
    assert flights["weekday"].max() == 6
    shares = flights["month"].value_counts(normalize=True).sort_index()
    published = [27004, 24951, 28834, 28330, 28796, 28243, 29425, 29327, 27574, 28889, 27268, 28135]
    assert np.allclose(shares, np.array(published) / 336_776, atol=0.004)
    assert flights["arr_delay"].mean() == pytest.approx(6.895, abs=0.6)
    assert flights["arr_delay"].isna().mean() == pytest.approx(9430 / 336_776, abs=0.003)


def test_the_join_with_the_weather_neither_loses_nor_multiplies_flights():
    flights, joined = datasets.load_flights(), datasets.load_flights(weather=True)
    assert joined[flights.columns].equals(flights)
    weather = datasets.load_weather().set_index(["origin", "month", "day", "hour"])["temperature_f"]
    for row in (0, 777, 30_000):
        flight = joined.iloc[row]
        hour = (flight["origin"], flight["month"], flight["day"], flight["scheduled"] // 60)
        assert flight["temperature_f"] == weather[hour]
    assert joined.loc[(joined["month"] == 12) & (joined["day"] == 31), "temperature_f"].isna().all()


def test_the_water_flows_in_order():
    flow = datasets.load_water_flow()
    assert len(flow) == 1268
    assert flow.index.is_monotonic_increasing
    assert flow.iloc[0] == 100.59


def test_the_loaded_copy_may_be_changed():
    datasets.load_spoken_digits()[1][:] = 5
    assert datasets.load_spoken_digits()[1][0] == 0


def test_mu_law_codes_expand_to_the_sound_they_came_from():
    mu_law = runpy.run_path(str(datasets.DATA / "make_spoken_digits.py"))["mu_law"]
    sound = np.sin(np.linspace(0, 60, 4000)) * np.linspace(0.01, 0.9, 4000)
    (again,) = datasets._expand(mu_law(sound), [4000])
    assert 10 * np.log10((sound**2).mean() / ((again - sound) ** 2).mean()) > 35  # dB
    assert datasets._expand(np.int8([-127, 0, 127]), [3])[0].tolist() == pytest.approx([-1, 0, 1])
