"""Human-level performance: simulated labelers against the formula, and the published figures."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from helpers import human_level_performance as hlp
from helpers.datasets import load_published


@pytest.fixture
def answers():
    return pd.DataFrame(
        {
            "is_ambiguous": [True, True, False, False],
            "label": ["O", "0", "3", "4"],
            "human": ["0", "0", "3", "4"],
            "model": ["O", "O", "3", "9"],
        }
    )


def test_only_four_shapes_leave_a_choice():
    rng = np.random.default_rng(0)
    typed = hlp.label_characters(range(10), 1.0, rng=rng, slip=0)
    assert "".join(typed) == "OIZ34S6789"
    assert "".join(hlp.label_characters(range(10), 0.0, rng=rng, slip=0)) == "0123456789"


@pytest.mark.parametrize("share", [0.5, 0.7, 1.0])
def test_two_labelers_agree_as_the_formula_says(share):
    rng = np.random.default_rng(1)
    y = np.arange(10).repeat(3000)
    first, second = (hlp.label_characters(y, share, rng=rng, slip=0.1) for _ in range(2))
    by_slips = 0.1 * 0.1 / 10 + 2 * 0.9 * 0.1 / 10  # two slips, or a slip that hits what the other typed
    unambiguous = ~np.isin(y, list(hlp.LETTERS))
    assert np.mean(first == second, where=unambiguous) == pytest.approx(0.81 + by_slips, abs=0.01)
    same = share**2 + (1 - share) ** 2
    by_slips = 0.1 * 0.1 / 10 + 2 * 0.9 * 0.1 * (1 - share) / 10
    assert np.mean(first == second, where=~unambiguous) == pytest.approx(0.81 * same + by_slips, abs=0.015)


@pytest.mark.parametrize(("name", "values"), [("share", {"share": 1.5}), ("slip", {"share": 0.5, "slip": -1})])
def test_shares_outside_0_to_1_are_named(name, values):
    with pytest.raises(ValueError, match=rf"'{name}' must be from 0 to 1 \(got "):
        hlp.label_characters([1], rng=np.random.default_rng(0), **values)


def test_scores_by_hand(answers):
    table = hlp.scores(answers).set_index("fields")
    assert table.loc["all"].to_dict() == {"human": 0.75, "model": 0.5}
    assert table.loc["ambiguous"].to_dict() == {"human": 0.5, "model": 0.5}
    assert table.loc["unambiguous"].to_dict() == {"human": 1.0, "model": 0.5}


def test_lead_by_hand():
    table = pd.DataFrame({"share": 0.7, "run": [0, 1], "fields": "all", "human": [0.5, 0.7], "model": [0.6, 0.6]})
    row = hlp.lead(table).iloc[0]
    assert row["lead"] == pytest.approx(0)
    assert row["two_se"] == pytest.approx(2 * np.std([0.1, -0.1], ddof=1) / np.sqrt(2))
    assert row["wins"] == 0.5
    assert hlp.lead(table.assign(model=table["human"]))["wins"].tolist() == [0], "a draw is no win"


def test_a_model_learns_the_majority_convention():
    answers = hlp.answers_of(0.8, n_train=600, rng=np.random.default_rng(0), slip=0)
    assert len(answers) == 1000
    assert answers["is_ambiguous"].equals(answers["shape"].isin([0, 1, 2, 5]))
    assert answers.loc[answers["shape"] == 0, "model"].eq("O").mean() > 0.9
    for n_train in (199, 3001):
        with pytest.raises(ValueError, match=rf"'n_train' must be from 200 to 3000 \(got {n_train}\)"):
            hlp.answers_of(0.8, n_train=n_train, rng=np.random.default_rng(0))
    for n_train in (200, 3000):
        assert len(hlp.answers_of(0.8, n_train=n_train, rng=np.random.default_rng(0))) == 1000


def test_comparison_and_figures():
    runs = hlp.compare((0.5, 1.0), n_train=300, n_runs=2, seed=0)
    assert len(runs) == 2 * 2 * len(hlp.FIELDS)
    leads = hlp.lead(runs)
    ax = hlp.plot_lead(leads[leads["share"] == 1.0])
    assert [tick.get_text() for tick in ax.get_yticklabels()] == list(hlp.FIELDS)
    assert hlp.plot_shares(runs, "all").get_title() == "all fields"
    ax = hlp.plot_weak_signal(hlp.load_weak_signal("noise"))
    assert {"human", "VGG-16", "chance"} <= set(ax.get_legend_handles_labels()[1])
    plt.close("all")


def test_published_curves_pass_one_half_where_the_published_thresholds_say():
    half = load_published("geirhos2017_thresholds_50pct").set_index(["experiment", "observer"])["level_at_50pct"]
    noise = hlp.load_weak_signal("noise")
    for observer, column in hlp.OBSERVERS.items():
        part = noise[noise["observer"] == observer]
        level = np.interp(0.5, part["accuracy"][::-1], part["level"][::-1])
        assert level == pytest.approx(half["noise-experiment", column], abs=1e-6)


def test_people_have_a_range_and_networks_none():
    table = hlp.load_weak_signal("color")
    human = table["observer"] == "human"
    assert (table.loc[human, "lowest"] < table.loc[human, "highest"]).all()
    assert table.loc[~human, "lowest"].equals(table.loc[~human, "accuracy"])
    assert table["entropy_bits"].between(0, 4).all()
    with pytest.raises(ValueError, match=r"'experiment' must be one of noise, .* \(got 'fog'\)"):
        hlp.load_weak_signal("fog")


def test_duel_reads_the_published_rows():
    row = hlp.duel({"clean": ("color", "cr")}).loc["clean"]
    assert row.to_dict() == {"worst person": 0.8734, "best person": 0.8938, "VGG-16": 0.9746}
    with pytest.raises(ValueError, match=r"conditions of the experiment 'noise' \(got '7'\)"):
        hlp.duel({"x": ("noise", "7")})
