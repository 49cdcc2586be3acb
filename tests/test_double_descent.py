import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import Ridge

from helpers import double_descent as dd
from helpers import double_descent_linear as linear
from helpers import double_descent_network as network
from helpers import double_descent_sweeps as sweeps
from helpers.datasets import load_published


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(0)
    phi = dd.random_features(rng.standard_normal((140, 20)), 300, seed=0)
    return phi[:60], rng.standard_normal((60, 3)), phi[60:]


WIDTHS = [1, 30, 59, 60, 61, 75, 100, 120, 121, 200, 300]


def test_widths_agree_with_lstsq(problem):
    phi, targets, phi_test = problem
    swept = sweeps.sweep_widths(phi, targets, phi_test, widths=WIDTHS)
    for p, predicted in zip(WIDTHS, swept, strict=True):
        oracle = phi_test[:, :p] @ np.linalg.lstsq(phi[:, :p], targets, rcond=None)[0]
        assert_allclose(predicted, oracle, atol=1e-7 * np.abs(oracle).max())


@pytest.mark.parametrize("widths", [[5], [60], [61], [120], [121], [300], [59, 61], [90, 250]])
def test_any_choice_of_widths_gives_the_same_fits(problem, widths):
    phi, targets, phi_test = problem
    every = sweeps.sweep_widths(phi, targets, phi_test, widths=range(1, 301))
    some = sweeps.sweep_widths(phi, targets, phi_test, widths=widths)
    scale = np.abs(some).max(axis=(1, 2), keepdims=True)
    assert_allclose(some / scale, every[np.array(widths) - 1] / scale, atol=1e-7)


@pytest.mark.parametrize("features", [90, 120])
def test_fewer_features_than_twice_the_examples(problem, features):
    phi, targets, phi_test = problem
    swept = sweeps.sweep_widths(phi[:, :features], targets, phi_test[:, :features], widths=[40, 80, features])
    assert_allclose(swept, sweeps.sweep_widths(phi, targets, phi_test, widths=[40, 80, features]), rtol=1e-6, atol=1e-7)


def test_ridge_agrees_with_scikit_learn(problem):
    phi, targets, phi_test = problem
    widths = sweeps.sweep_widths(phi, targets, phi_test, widths=WIDTHS, ridge=3.0)
    sizes = sweeps.sweep_sizes(phi[:, :40], targets, phi_test[:, :40], sizes=[10, 40, 60], ridge=3.0)
    model = Ridge(alpha=3.0, fit_intercept=False)
    for p, predicted in zip(WIDTHS, widths, strict=True):
        assert_allclose(predicted, model.fit(phi[:, :p], targets).predict(phi_test[:, :p]), atol=1e-9)
    for n, predicted in zip([10, 40, 60], sizes, strict=True):
        assert_allclose(predicted, model.fit(phi[:n, :40], targets[:n]).predict(phi_test[:, :40]), atol=1e-9)


def test_sizes_agree_with_lstsq(problem):
    phi, targets, phi_test = (part[:, :40] for part in problem)
    sizes = [1, 20, 39, 40, 42, 50, 60]
    for n, predicted in zip(sizes, sweeps.sweep_sizes(phi, targets, phi_test, sizes=sizes), strict=True):
        oracle = phi_test @ np.linalg.lstsq(phi[:n], targets[:n], rcond=None)[0]
        assert_allclose(predicted, oracle, atol=1e-7 * np.abs(oracle).max())


def test_sweeps_leave_their_inputs_alone(problem):
    before = [part.copy() for part in problem]
    sweeps.sweep_widths(*problem, widths=WIDTHS)
    sweeps.sweep_widths(*problem, widths=WIDTHS, ridge=1.0)
    sweeps.sweep_sizes(*problem, sizes=[30, 60])
    for part, copy in zip(problem, before, strict=True):
        assert (part == copy).all()


@pytest.mark.parametrize("widths", [[], [0, 1], [2, 2], [5, 301], [[1, 2]]])
def test_widths_out_of_range(problem, widths):
    with pytest.raises(ValueError, match="'widths' must increase within 1 to 300"):
        sweeps.sweep_widths(*problem, widths=widths)


def test_negative_ridge(problem):
    with pytest.raises(ValueError, match=r"'ridge' must be at least 0 \(got -1\)"):
        sweeps.sweep_sizes(*problem, sizes=[5], ridge=-1)


def test_flipped_labels_are_wrong_nested_and_uniform():
    y = np.repeat(np.arange(10), 4000)
    few, many = (dd.flip_labels(y, share, seed=0) for share in (0.1, 0.2))
    assert np.mean(few != y) == pytest.approx(0.1, abs=0.01)
    assert np.mean(many != y) == pytest.approx(0.2, abs=0.01)
    assert (many[few != y] == few[few != y]).all()
    counts = np.bincount(many[(y == 3) & (many != y)], minlength=10)
    assert counts[3] == 0
    assert (np.abs(np.delete(counts, 3) - 800 / 9) < 50).all()
    with pytest.raises(ValueError, match="'share' must be from 0 to 1"):
        dd.flip_labels(y, 1.5, seed=0)


def test_features_approximate_the_gaussian_kernel():
    X = np.random.default_rng(0).standard_normal((5, 3))
    phi = dd.random_features(X, 200_000, seed=0, bandwidth=2.0)
    distances = ((X[:, None] - X) ** 2).sum(axis=2)
    assert_allclose(2 * phi @ phi.T / 200_000, np.exp(-distances / (2 * 2.0**2)), atol=0.01)
    with pytest.raises(ValueError, match="'n_features' must be at least 1"):
        dd.random_features(X, 0, seed=0)


def test_simulated_widths_are_reproducible_and_peak_at_n():
    table = dd.simulate_widths([10, 60, 300], n_train=60, noise_shares=(0.0, 0.2), ridges=(0.0, 100.0), n_runs=2)
    again = dd.simulate_widths([10, 60, 300], n_train=60, noise_shares=(0.0, 0.2), ridges=(0.0, 100.0), n_runs=2)
    assert table.equals(again)
    assert len(table) == 2 * 2 * 2 * 3
    assert table[["validation_error", "test_error"]].stack().between(0, 1).all()
    plain = table[table.ridge == 0]
    assert (plain.loc[plain.groupby(["run", "noise"]).test_loss.idxmax(), "width"] == 60).all()
    with pytest.raises(ValueError, match=r"from 10 to 3500 \(got 3501\)"):
        dd.simulate_widths([1], n_train=3501)


def test_a_run_is_the_one_of_the_simulations():
    phi, targets, y_held_out = dd.draw_run(40, 80, [0.0, 0.3], [5, 1])
    table = dd.simulate_widths([80], n_train=40, noise_shares=(0.0, 0.3), n_runs=2, seed=5)
    for share, columns in [(0.0, slice(None, 10)), (0.3, slice(10, None))]:
        scores = phi[40:] @ np.linalg.pinv(phi[:40]) @ targets[:, columns]
        missed = scores.argmax(axis=1) != y_held_out
        row = table[(table.run == 1) & (table.noise == share)].iloc[0]
        assert (row.validation_error, row.test_error) == (missed[:500].mean(), missed[500:].mean())
    assert (targets.sum(axis=1) == 2).all()


def test_the_moving_figure_marks_the_chosen_model():
    table = dd.simulate_widths([10, 40, 80], n_train=40, noise_shares=(0.2,), ridges=(0.0, 10.0), n_runs=1)
    curves = table.groupby(["ridge", "noise", "width"]).test_error.median()
    figure = dd.plot_choice(curves, width=40, ridge=10.0, noise=0.2)
    plain, ridged, mark = figure.axes[0].lines
    assert plain.get_ydata().tolist() == curves[0.0, 0.2].tolist()
    assert ridged.get_ydata().tolist() == curves[10.0, 0.2].tolist()
    assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (40, curves[10.0, 0.2, 40])
    assert f"40 features, ridge 10, 20% wrong labels: error {curves[10.0, 0.2, 40]:.2f}" == figure.axes[0].get_title()
    plt.close(figure)


def test_plane_contains_the_curves_of_both_sweeps():
    plane = dd.simulate_plane([30, 60], [20, 60, 90], seed=4)
    column = dd.simulate_sizes([30, 60], n_features=60, n_runs=1, seed=4)
    row = dd.simulate_widths([20, 60, 90], n_train=60, n_runs=1, seed=4)
    assert plane.loc[60].tolist() == row.test_error.tolist()
    assert plane.loc[60, 60] == pytest.approx(column.test_error.iloc[1], abs=0.02)  # features of another draw order
    assert dd.plot_plane(plane).get_xlabel() == "random features p"


def test_linear_risk_by_hand():
    assert linear.linear_risk(0, d=5, sigma=0.5) == pytest.approx(1.25)
    assert linear.linear_risk(2, d=5, sigma=1) == pytest.approx(0.6 + 2 / 2 + 1)
    assert linear.linear_risk(9, d=5, sigma=1) == pytest.approx(5 / 3 + 1)
    assert np.isinf(linear.linear_risk([4, 5, 6], d=5, sigma=0.0)).all()
    with pytest.raises(ValueError, match="'d' must be at least 1"):
        linear.linear_risk(1, d=0, sigma=1)
    with pytest.raises(ValueError, match="'n' must be at least 0"):
        linear.linear_risk([3, -1], d=2, sigma=1)


def test_linear_risk_is_the_one_of_the_shipped_table():
    table = load_published("dd_nakkiran2019_linear_d1000_sigma0.1")
    risk = linear.linear_risk(table.n, d=1000, sigma=0.1)
    finite, away = np.isfinite(risk), np.abs(table.n / 1000 - 1) >= 0.2
    assert_allclose(risk[finite], table.theory[finite], rtol=1e-3)
    assert_allclose(risk[away], table.sim_mean_test_mse[away], rtol=0.05)


def test_two_speeds_starts_at_nothing_and_ends_at_least_squares():
    table = linear.simulate_two_speeds([0.0, 1e12], n_runs=400)
    start, end = table.groupby("time").risk.mean()
    assert start == pytest.approx(1 + 0.5 + 0.3**2)
    assert end == pytest.approx(0.3**2 * (1 + 85 / (100 - 85 - 1)), rel=0.05)
    with pytest.raises(ValueError, match="'weak_scale' must be above 0"):
        linear.simulate_two_speeds([1.0], weak_scale=0)


@pytest.mark.parametrize(
    ("risk", "twice"),
    [([3, 1, 2, 0.5], True), ([3, 1, 1.1, 0.5], False), ([3, 1, 2, 1], False), ([1, 2, 0.5], True), ([2], False)],
)
def test_descends_twice(risk, twice):
    assert linear.descends_twice(risk) is twice


def test_gradients_agree_with_finite_differences():
    rng = np.random.default_rng(0)
    X, targets = rng.standard_normal((7, 3)), rng.standard_normal((7, 2))
    weights = rng.standard_normal((4, 5)), rng.standard_normal((6, 2))
    exact = network._gradients(X, targets, weights)

    def loss():
        return ((network.predict(X, weights) - targets) ** 2).sum() / len(X)

    for w, gradient in zip(weights, exact, strict=True):
        for place in np.ndindex(w.shape):
            before = w[place]
            w[place] = before + 1e-6
            up = loss()
            w[place] = before - 1e-6
            assert gradient[place] == pytest.approx((up - loss()) / 2e-6, abs=1e-6)
            w[place] = before


def test_a_wide_network_fits_its_training_images():
    table = network.simulate_network([2, 200], n_train=40, noise_share=0.5, n_steps=400)
    assert table.train_loss.iloc[1] < 0.01 < 0.3 < table.train_loss.iloc[0]
    assert table.ratio.tolist() == [(21 * h + (h + 1) * 10) / 400 for h in (2, 200)]
    with pytest.raises(ValueError, match="'n_train' must be from 10 to 4000"):
        network.simulate_network([2], n_train=5)
    with pytest.raises(ValueError, match="'hidden' must be at least 1"):
        network.simulate_network([0], n_train=10)
