"""How far several labelers agree, and how their votes become one label.

Votes are a table with one row per item and one column per labeler; a missing vote is NaN.
"""

import numpy as np
import pandas as pd


def simulate_labelers(y, accuracies, *, rng, n_classes=10):
    """Votes of independent labelers whose slips fall on every wrong class alike: the world Dawid and Skene assume.

    Parameters
    ----------
    y : array of int, shape (n_items,)
        The true classes, 0 to ``n_classes - 1``.
    accuracies : sequence of float
        Each labeler's probability of voting for the true class, 0 to 1.
    rng : numpy.random.Generator
        Source of the slips.
    n_classes : int, default 10
        Number of classes.

    Returns
    -------
    DataFrame of shape (n_items, n_labelers)
        Columns ``labeler 1``, ``labeler 2``, …

    Examples
    --------
    >>> simulate_labelers([3, 4], [1.0, 1.0], rng=np.random.default_rng(0)).to_numpy().tolist()
    [[3, 3], [4, 4]]
    """
    y = np.asarray(y)
    votes = {}
    for i, accuracy in enumerate(accuracies, start=1):
        slips = rng.random(len(y)) >= accuracy
        shift = rng.integers(1, n_classes, len(y))
        votes[f"labeler {i}"] = np.where(slips, (y + shift) % n_classes, y)
    return pd.DataFrame(votes)


CREWS = {
    "equally good": (0.75, 0.75, 0.75, 0.75, 0.75),
    "two good, three poor": (0.95, 0.95, 0.5, 0.5, 0.5),
    "three share a convention": (0.95, 0.95, 0.95, 0.95, 0.95),
    "three keep a pre-filled label": (0.95, 0.95, 0.8, 0.8, 0.8),
}


def simulate_crew(crew, y, *, rng):
    """Votes of five labelers who work as one of the :data:`CREWS` does.

    Parameters
    ----------
    crew : str
        A key of :data:`CREWS`. The last three labelers call each 7 a 1 where they share a convention, and are of one
        opinion, right or wrong, where they keep what the form's software had filled in.
    y : array of int, shape (n_items,)
        The true digits.
    rng : numpy.random.Generator
        Source of the slips.

    Returns
    -------
    DataFrame of shape (n_items, 5)
    """
    if crew not in CREWS:
        raise ValueError(f"'crew' must be one of {', '.join(CREWS)} (got {crew!r})")
    votes = simulate_labelers(y, CREWS[crew], rng=rng)
    trio = votes.columns[2:]
    if crew == "three share a convention":
        votes.loc[np.asarray(y) == 7, trio] = 1
    if crew == "three keep a pre-filled label":
        votes[trio] = votes[[trio[0]] * 3].to_numpy()
    return votes


def voting_accuracy(*, n_runs, seed, n_items=300):
    """How often majority vote and Dawid-Skene find the true digit, crew by crew.

    Parameters
    ----------
    n_runs, seed : int
        Repetitions, and the seed of their draws.
    n_items : int, default 300
        Items per run.

    Returns
    -------
    DataFrame
        One row per crew and run: ``majority``, ``dawid_skene`` and ``best_labeler``: share of items right, higher is
        better.
    """
    rows = []
    for run in range(n_runs):
        rng = np.random.default_rng([seed, run])
        y = rng.integers(0, 10, n_items)
        for crew in CREWS:
            votes = simulate_crew(crew, y, rng=rng)
            posterior = dawid_skene(votes)
            is_right = posterior.round(9).idxmax(axis=1).to_numpy() == y  # of equally probable ones the lowest class
            majority = np.mean(majority_vote(votes, rng=rng).to_numpy() == y)
            best = votes.eq(y, axis=0).mean().max()
            rows.append((crew, run, majority, is_right.mean(), best))
    return pd.DataFrame(rows, columns=["crew", "run", "majority", "dawid_skene", "best_labeler"])


def simulate_readers(prob, n_labelers, *, rng, skipped=0.0):
    """Votes of labelers who find the same items hard: each draws from the item's own distribution.

    Parameters
    ----------
    prob : DataFrame of shape (n_items, n_classes)
        For each item the share of readers who would say each class (the columns); rows sum to 1.
    n_labelers : int
        How many labelers, 2 or more.
    rng : numpy.random.Generator
        Source of the draws.
    skipped : float, default 0
        Share of votes left out at random, 0 to 1.

    Returns
    -------
    DataFrame of shape (n_items, n_labelers)
        Indexed as `prob`; NaN where a labeler skipped.
    """
    cumulative = prob.to_numpy().cumsum(axis=1)
    drawn = rng.random((n_labelers, len(prob), 1)) * cumulative[:, -1:]
    labels = prob.columns.to_numpy(dtype=object)[(drawn > cumulative).sum(axis=2)]
    labels[rng.random(labels.shape) < skipped] = np.nan
    names = [f"simulated {i}" for i in range(1, n_labelers + 1)]
    return pd.DataFrame(labels.T, index=prob.index, columns=names)


def vote_counts(votes):
    """Count the votes: a DataFrame with one row per item and one column per class, classes sorted."""
    classes = sorted(pd.unique(votes.to_numpy().ravel()[votes.notna().to_numpy().ravel()]))
    return pd.DataFrame({label: (votes == label).sum(axis=1) for label in classes})


def kappa_interval(a, b, *, rng, n_draws=1000):
    """A 95 % interval of Cohen's kappa: the items are drawn again, with replacement, and kappa is computed each time.

    Parameters
    ----------
    a, b : array of shape (n_items,)
        What each of two labelers said. The items must be independent of each other.
    rng : numpy.random.Generator
        Source of the draws.
    n_draws : int, default 1000
        How often the items are drawn.

    Returns
    -------
    (float, float)
        The 2.5 % and the 97.5 % quantile.

    References
    ----------
    Efron and Tibshirani 1993, An introduction to the bootstrap, chapter 13 (the percentile interval).
    """
    table = pd.crosstab(np.asarray(a), np.asarray(b))
    classes = table.index.union(table.columns)
    counts = table.reindex(index=classes, columns=classes, fill_value=0).to_numpy()
    n, cells = counts.sum(), counts.size
    cell = np.repeat(np.arange(cells), counts.ravel())  # of each item; drawn as whole numbers, which no rounding moves
    drawn = [np.bincount(cell[rng.integers(n, size=n)], minlength=cells) for _ in range(n_draws)]
    drawn = np.reshape(drawn, (n_draws, *counts.shape)) / n
    chance = (drawn.sum(axis=1) * drawn.sum(axis=2)).sum(axis=1)
    agree = np.trace(drawn, axis1=1, axis2=2)
    with np.errstate(divide="ignore", invalid="ignore"):  # a draw in which one class is all that was said
        low, high = np.nanquantile((agree - chance) / (1 - chance), [0.025, 0.975])
    return float(low), float(high)


def krippendorff_alpha(votes):
    """Krippendorff's alpha for named classes: agreement beyond chance, with missing votes allowed.

    Parameters
    ----------
    votes : DataFrame of shape (n_items, n_labelers)
        NaN where a vote is missing; items with fewer than two votes say nothing and are left out.

    Returns
    -------
    float
        1 is full agreement, 0 what chance gives; NaN where only one class was ever used.

    References
    ----------
    Krippendorff 2011, Computing Krippendorff's alpha-reliability, section C (nominal data, any number of observers).

    Examples
    --------
    >>> round(krippendorff_alpha(pd.DataFrame({"a": [1, 2, 1, 2], "b": [1, 2, 2, 2]})), 3)
    0.533
    """
    counts = vote_counts(votes).to_numpy()
    counts = counts[counts.sum(axis=1) >= 2]
    m = counts.sum(axis=1, keepdims=True)
    n = counts.sum()
    disagreed = (counts * (m - counts) / (m - 1)).sum() / n if n else np.nan
    expected = (counts.sum(axis=0) * (n - counts.sum(axis=0))).sum() / (n * (n - 1)) if n else np.nan
    return float(1 - disagreed / expected) if expected > 0 else float("nan")


def majority_vote(votes, *, rng):
    """The most frequent vote per item, ties broken by lot.

    Parameters
    ----------
    votes : DataFrame of shape (n_items, n_labelers)
        NaN where a vote is missing; each item has at least one.
    rng : numpy.random.Generator
        Breaks the ties.

    Returns
    -------
    Series
        One class per item.
    """
    counts = vote_counts(votes)
    return (counts + 0.5 * rng.random(counts.shape)).idxmax(axis=1)


def labeler_confusions(votes, posterior):
    """Each labeler's estimated confusion matrix, given how probable each class is for each item.

    Parameters
    ----------
    votes : DataFrame of shape (n_items, n_labelers)
        NaN where a vote is missing.
    posterior : DataFrame of shape (n_items, n_classes)
        Probability of each class (the columns); rows sum to 1.

    Returns
    -------
    array of shape (n_labelers, n_classes, n_classes)
        Probability that the labeler says class ``k`` (last axis) where class ``j`` is true; smoothed by 0.01 votes.
    """
    return _confusions(_said(votes, posterior.columns), posterior.to_numpy())


def _said(votes, classes):
    """1 where a labeler (first axis) said a class (second axis) of an item (last axis)."""
    return np.stack([[votes[name] == k for k in classes] for name in votes.columns]).astype(float)


def _confusions(said, prob):
    joint = np.stack([prob.T @ own.T for own in said]) + 0.01
    return joint / joint.sum(axis=2, keepdims=True)


def dawid_skene(votes, *, n_iter=30):
    """Weigh the votes by how reliable each labeler turns out to be (expectation maximization).

    Parameters
    ----------
    votes : DataFrame of shape (n_items, n_labelers)
        NaN where a vote is missing; each item has at least one.
    n_iter : int, default 30
        Rounds of estimating the labelers from the labels and the labels from the labelers.

    Returns
    -------
    DataFrame of shape (n_items, n_classes)
        Probability of each class; rows sum to 1. It assumes that labelers err independently, given the class.

    References
    ----------
    Dawid and Skene 1979, Maximum likelihood estimation of observer error-rates using the EM algorithm.
    """
    counts = vote_counts(votes)
    if (unseen := counts.sum(axis=1) == 0).any():
        raise ValueError(f"'votes' must have a vote for each item (got none for {counts.index[unseen][0]})")
    said = _said(votes, counts.columns)
    prob = counts.div(counts.sum(axis=1), axis=0).to_numpy()
    for _ in range(n_iter):
        confusions = _confusions(said, prob)
        evidence = sum(own.T @ np.log(matrix).T for own, matrix in zip(said, confusions, strict=True))
        log_prob = np.log(prob.mean(axis=0) + 1e-12) + evidence
        prob = np.exp(log_prob - log_prob.max(axis=1, keepdims=True))
        prob /= prob.sum(axis=1, keepdims=True)
    return pd.DataFrame(prob, counts.index, counts.columns)


def predict_left_out(votes, *, people, seed):
    """How well the label that the others' votes give foretells the votes of a person who is left out.

    Parameters
    ----------
    votes : DataFrame of shape (n_items, n_columns)
        No missing votes.
    people : sequence of shape (n_columns,)
        Who gave each column; several columns may be of one person and are left out together.
    seed : int
        Breaks the majority's ties, by lot, the mean of 20 draws.

    Returns
    -------
    DataFrame
        One row per person: share of that person's votes met by the ``majority`` and by ``dawid_skene`` of the others
        (0 to 1, higher is better).

    Examples
    --------
    >>> votes = pd.DataFrame({"a": [1, 2, 2], "b": [1, 2, 2], "c": [1, 2, 1]})
    >>> predict_left_out(votes, people=["Ana", "Ana", "Ben"], seed=0).round(2).loc["Ben"].tolist()
    [0.67, 0.67]
    """
    rows = {}
    for person in dict.fromkeys(people):
        is_own = np.array([other == person for other in people])
        own, rest = votes.loc[:, is_own], votes.loc[:, ~is_own]
        lots = [majority_vote(rest, rng=np.random.default_rng([seed, draw])) for draw in range(20)]
        weighed = dawid_skene(rest).round(9).idxmax(axis=1)
        rows[person] = {
            "majority": np.mean([own.eq(lot, axis=0).to_numpy().mean() for lot in lots]),
            "dawid_skene": own.eq(weighed, axis=0).to_numpy().mean(),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("left out")
