import functools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from helpers import deployment_sequential as st


def test_z_score_by_hand():
    assert st.z_score(18, 100, 0.1) == pytest.approx(0.08 / 0.03)
    assert st.z_score([10, 18], np.array([100, 100]), 0.1)[0] == 0


def test_log_ratio_is_the_ratio_of_binomial_likelihoods():
    for wrong, n in ((0, 5), (3, 20), (7, 7)):
        oracle = stats.binom.logpmf(wrong, n, 0.18) - stats.binom.logpmf(wrong, n, 0.13)
        assert st.log_ratio(wrong, n, 0.13) == pytest.approx(oracle)


def test_the_sequential_rule_keeps_its_level_and_peeking_does_not():
    wrong, n = st.simulate_wrong(0.1, n_runs=1000, seed=3)
    assert st.share_crossed(st.log_ratio(wrong, n, 0.1), math.log(19))[-1] <= 0.06
    assert st.share_crossed(st.z_score(wrong, n, 0.1), 1.645)[-1] > 0.25
    assert np.mean(st.z_score(wrong[:, -1], n[-1], 0.1) > 1.645) < 0.08


def test_a_limit_that_is_reached_is_crossed():
    assert st.share_crossed(np.array([[0.0, 1.0, 0.0], [0.0, 0.5, 2.0]]), 1).tolist() == [0, 0.5, 1]


def test_candidates_are_released_to_other_forms_than_each_other():
    table = st.score_rule(st.sprt_rule, {"one": 0.18, "another": 0.18}, 0.13, n_runs=50)
    assert table.loc["one", "harm"] != table.loc["another", "harm"]


def test_simulated_counts_add_up():
    wrong, n = st.simulate_wrong(1.0, n_runs=2, n_looks=3, labels_per_look=4)
    assert wrong.tolist() == [[4, 8, 12]] * 2
    assert n.tolist() == [4, 8, 12]


@pytest.mark.parametrize("rule", [st.peeking_rule, st.single_look_rule, st.sprt_rule])
def test_rules_tell_good_from_bad(rule):
    assert rule(0, 400, 0.13) == "promote"
    assert rule(200, 400, 0.13) == "roll back"
    assert rule(1, 8, 0.13) == "wait"


def test_peeking_begins_at_thirty_labels_and_ends_as_planned():
    assert st.peeking_rule(20, 20, 0.13) == "wait"
    assert st.peeking_rule(20, 29, 0.13) == "wait"
    assert st.peeking_rule(20, 30, 0.13) == "roll back"
    assert [st.peeking_rule(52, n, 0.13) for n in (399, 400)] == ["wait", "promote"]
    assert st.single_look_rule(399, 399, 0.13) == "wait"
    assert st.single_look_rule(200, 400, 0.13) == "roll back"


def test_walds_bounds_are_his_where_the_two_errors_differ():
    """Roll back from log((1 - beta) / alpha) on, promote down to log(beta / (1 - alpha))."""
    up, down = math.log(0.18 / 0.13), math.log(0.82 / 0.87)  # what a wrong and a right answer add to the log ratio
    rule = functools.partial(st.sprt_rule, alpha=0.01, beta=0.2)
    last = math.floor(math.log(0.8 / 0.01) / up)
    assert [rule(n, n, 0.13) for n in (last, last + 1)] == ["wait", "roll back"]
    last = math.floor(math.log(0.2 / 0.99) / down)
    assert [rule(0, n, 0.13) for n in (last, last + 1)] == ["wait", "promote"]


def test_score_of_rules_that_always_say_the_same():
    errors = {"worse": 0.2, "better": 0.05}
    scores = {
        word: st.score_rule(lambda *_, w=word: w, errors, 0.1, n_runs=3, horizon=1000, share=0.1, label_delay=100)
        for word in st.DECISIONS
    }
    # promoted at the first look: 10 labels, 200 forms, 20 of them exposed, then all of the remaining 800
    assert scores["promote"].loc["worse", "harm"] == pytest.approx(0.1 * 820)
    assert scores["roll back"].loc["worse", "harm"] == pytest.approx(0.1 * 20)
    assert scores["wait"].loc["worse", "harm"] == pytest.approx(0.1 * 100)
    assert [scores[word].loc["better", "delay"] for word in st.DECISIONS] == [1000, 200, 1000]
    assert (scores["wait"]["promoted"] == 0).all()
    assert (scores["promote"].loc["better", "harm"]) == 0
    assert (scores["promote"]["delay_se"] == 0).all()


def test_a_ramp_exposes_what_its_steps_say():
    options = {"n_runs": 3, "horizon": 1000, "label_delay": 100}
    ramp = {
        word: st.score_rule(lambda *_, w=word: w, {"worse": 0.2}, 0.1, share=[(0.1, 100), (0.5, 900)], **options)
        for word in ("promote", "roll back", "wait")
    }
    # 10 labels after 100 forms, known after 200: 10 answers of the first step and 50 of the second
    assert ramp["roll back"].loc["worse", "harm"] == pytest.approx(0.1 * 60)
    assert ramp["promote"].loc["worse", "harm"] == pytest.approx(0.1 * (60 + 800))
    assert ramp["wait"].loc["worse", "harm"] == pytest.approx(0.1 * (10 + 450))
    assert ramp["promote"].loc["worse", "delay"] == 200
    one_step, constant = (
        st.score_rule(st.sprt_rule, {"worse": 0.2}, 0.1, share=share, n_runs=50) for share in ([(0.1, 7)], 0.1)
    )
    assert one_step.equals(constant)


def test_standard_errors_shrink_with_the_root_of_the_runs():
    few, many = (st.score_rule(st.sprt_rule, {"worse": 0.18}, 0.13, n_runs=n).loc["worse"] for n in (200, 3200))
    assert few["harm_se"] / many["harm_se"] == pytest.approx(4, rel=0.5)
    assert abs(few["harm"] - many["harm"]) < 3 * few["harm_se"]


def test_more_evidence_before_promotion_means_less_harm_and_more_delay():
    errors = {"worse": 0.18, "equal": 0.13}
    loose = st.score_rule(st.sprt_rule, errors, 0.13, n_runs=300)
    strict = st.score_rule(functools.partial(st.sprt_rule, beta=0.005), errors, 0.13, n_runs=300)
    assert strict.loc["worse", "harm"] < loose.loc["worse", "harm"]
    assert strict.loc["equal", "delay"] > loose.loc["equal", "delay"]


def test_errors_name_what_was_expected():
    with pytest.raises(ValueError, match=r"'rate' must be between 0 and 1 \(got 0\)"):
        st.z_score(1, 10, 0)
    with pytest.raises(ValueError, match=r"'rate \+ margin' must be between 0 and 1"):
        st.log_ratio(1, 10, 0.97)
    with pytest.raises(ValueError, match=r"must return 'wait', 'promote' or 'roll back' \(got 'stop'\)"):
        st.score_rule(lambda *_: "stop", {"a": 0.1}, 0.1, n_runs=1)


def test_figure_names_each_rule():
    import matplotlib.pyplot as plt

    bars = {"harm_se": [1, 1], "delay_se": [20, 20]}
    table = pd.DataFrame({"harm": [10, 5], "delay": [100, 300]} | bars, index=["quick", "slow"])
    ax = st.plot_harm_and_delay(table)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["quick", "slow"]
    plt.close("all")
