"""The honest split, baselines, rare classes and the threshold."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers.audit.finding import Finding, cannot, short

COSTS = (1, 5, 20)  # a missed case costs so many false alarms
NULL_DRAWS = 3
BY_GROUP, BY_TIME = "by group", "by time, the last quarter held out"
MET = {BY_GROUP: "things", BY_TIME: "times"}


def split(case):
    """By group, by time or at random: what the honest split costs."""
    question = "What does the honest split cost?"
    random = case.predict_unseen("random") if case.honest == "group" else case.said
    ways = {BY_GROUP: (np.arange(len(case)), case.said)} if case.honest == "group" else {}
    if case.time is not None and (late := _by_time(case)) is not None:
        ways[BY_TIME] = late
    if not ways:
        return cannot(question, _why_no_split(case))
    how = next(iter(ways))
    rows, honest = ways[how]

    def gap(pick):
        return case.score(case.y[pick], random[pick]) - case.score(case.y[pick], honest[pick])

    value = gap(rows)
    if not np.isfinite(value):
        return cannot(question, "the rows that are held out have one class only")
    low, high = case.interval(gap, rows=rows, level=0.95)
    alarm = low > 0.01 and value > 0.03
    table = pd.DataFrame(
        [
            [way, *(round(case.score(case.y[rows], said[rows]), 3) for said in (honest, random))]
            for way, (rows, honest) in ways.items()
        ],
        columns=["split", "its score", "a random split's score on these rows"],
    )
    scores = [case.score(case.y[rows], said[rows]) for said in (random, honest)]
    sentence = f"A random split promises {short(scores[0])}, the split {how} {short(scores[1])}."
    if len(ways) == 2:
        sentence += f" The split by time gives {short(table['its score'][1])}."
    advice = (
        f"Split {how.split(',')[0]} from now on: a random split tests on {MET[how]} that the model met in training."
        if alarm
        else "Split so all the same; it costs nothing to be honest."
    )
    figure = Figure(figsize=(6, 2.2))
    ax = figure.subplots()
    ax.barh([how, "at random"], np.clip(scores[::-1], 0, None))
    ax.set(xlabel=case.measure, xlim=(0, 1), title="What two ways to split promise")
    measure = "score that a random split promises too much"
    return Finding(question, sentence, advice, measure, value, low, high, alarm, table, figure, {"how": how})


def _by_time(case):
    """The last quarter of the rows, and what a model of those before says about them; None where they are too few."""
    order = np.argsort(case.time.to_numpy(), kind="stable")
    order = order[case.time.notna().to_numpy()[order]]
    train, rows = np.split(order, [int(0.75 * len(order))])
    if len(rows) < 10 or _too_few(case, train):
        return None
    said = np.zeros_like(case.said)
    said[rows] = case.fit(train)(case.X.to_numpy()[rows])
    return rows, said


def _why_no_split(case):
    if case.time is not None:
        return "too few rows have a time"
    if case.group is not None:
        return "there are fewer than four groups"
    return f"neither --time nor --group names a column by which the rows hang together{case.hint_of_dates}"


def _too_few(case, rows):
    return bool(case.labels) and len(np.unique(case.y[rows])) < case.classes


def baselines(case):
    """A constant, one rule, a linear model and boosted trees, with labels permuted as the null."""
    said = {name: case.predict_unseen(case.honest, kind=kind) for name, kind in _kinds().items()}
    said["boosted trees"] = case.said
    rows = np.arange(len(case))
    table = pd.DataFrame({"model": list(said)})
    table["score"] = [case.score(case.y, values) for values in said.values()]
    ends = [case.interval(lambda pick, v=v: case.score(case.y[pick], v[pick])) for v in said.values()]
    table["low"], table["high"] = np.array(ends).T
    if case.predictions is not None and case.predictions.notna().sum() >= 20 and case.classes in (0, 2):
        known = np.flatnonzero(case.predictions.notna())
        values = case.predictions.to_numpy(float)
        low, high = case.interval(lambda pick: _score_of(case, values, pick), rows=known)
        table.loc[len(table)] = ["the model in use", _score_of(case, values, known), low, high]
    null = _null(case)
    value, (low, high) = table["score"][3], ends[3]
    linear = table["score"][2]
    learned = any(ends[place][0] > max(null) for place in (2, 3))
    gain = case.interval(lambda p: case.score(case.y[p], case.said[p]) - case.score(case.y[p], said["linear model"][p]))
    enough = not gain[0] > 0.01
    sentence = (
        f"Boosted trees reach {short(value)}, a linear model {short(linear)}, one rule {short(table['score'][1])}; "
    )
    sentence += f"with permuted labels it is at most {short(max(null))}."
    if not learned:
        advice = "Nothing was learned that is surely more than chance. Look at labels and columns before any model."
    elif enough:
        advice = "Start with the linear model: trees are not surely better here."
    else:
        advice = "Start with boosted trees: they are surely better than the linear model here."
    figure = Figure(figsize=(7, 2.8))
    ax = figure.subplots()
    error = np.clip([table["score"] - table["low"], table["high"] - table["score"]], 0, None)
    ax.errorbar(table["score"], table["model"], xerr=error, fmt="o", capsize=3)
    ax.axvline(max(null), color="k", linestyle="--", linewidth=1)
    ax.invert_yaxis()
    ax.set(xlabel=case.measure, title="Models on rows they have not seen (dashed: permuted labels)")
    return Finding(
        "How good is good enough to start from?",
        sentence,
        advice,
        case.measure,
        float(value),
        low,
        high,
        alarm=not learned,
        table=table.round(3),
        figure=figure,
        facts={"null": max(null), "rows": len(rows)},
    )


def _kinds():
    return {"always the same": "none", "one rule": "rule", "linear model": "linear"}


def _score_of(case, values, rows):
    return case.score(case.y[rows], values[rows])


def _null(case):
    """Scores with permuted labels, on at most 3,000 rows."""
    rng = np.random.default_rng([case.seed, 3])
    rows = np.arange(len(case))
    if len(rows) > 3000:
        rows = rng.choice(rows, 3000, replace=False)
    found = []
    for _ in range(NULL_DRAWS):
        y = case.y.copy()
        y[rows] = rng.permutation(y[rows])
        half = len(rows) // 2
        if _too_few(case, rows[:half]) and case.classes == 2:
            continue
        said = case.fit(rows[:half], y=y)(case.X.to_numpy()[rows[half:]])
        found.append(case.score(y[rows[half:]], said))
    found = [score for score in found if np.isfinite(score)]
    return found or [0.0 if case.is_number else 0.5]


def threshold(case):
    """Rare classes, and the threshold that costs least, chosen on one half and paid on the other."""
    question = "Rare classes: at which threshold does the model act?"
    if case.is_number:
        return cannot(question, "the target is a number and not a class")
    counts = np.bincount(case.y, minlength=case.classes)
    rare = int(np.argmin(counts)) if case.classes > 2 else int(counts[1] <= counts[0])
    if counts[rare] < 10:
        return cannot(question, f"the class {case.labels[rare]!r} has {counts[rare]} rows, fewer than ten")
    truth, score = case.y == rare, case.said[:, rare]
    rows = []
    chooser = np.random.default_rng([case.seed, 4]).random(len(case)) < 0.5
    for cost in COSTS:
        best = _cheapest(truth[chooser], score[chooser], cost)
        usual, tuned = (_cost(truth[~chooser], score[~chooser] >= t, cost) for t in (0.5, best))
        rows.append([cost, round(best, 3), round(usual, 3), round(tuned, 3)])
    columns = ["a missed one costs", "threshold", "cost per row at 0.5", "cost per row at this threshold"]
    table = pd.DataFrame(rows, columns=columns)
    share = counts[rare] / len(case)
    low, high = case.interval(lambda pick: truth[pick].mean())
    found = ((score >= 0.5) & truth).sum() / truth.sum()
    sentence = (
        f"The rarest class, {case.labels[rare]!r}, is {share:.1%} of the rows; at the usual threshold of 0.5 the "
    )
    sentence += f"model finds {found:.0%} of it."
    advice = f"Say what a missed {case.labels[rare]!r} costs in false alarms, and set the threshold by the table."
    figure = Figure(figsize=(6, 3))
    ax = figure.subplots()
    grid = np.linspace(0.02, 0.98, 49)
    for cost, style in zip(COSTS, ("-", "--", ":"), strict=True):
        ax.plot(grid, [_cost(truth, score >= t, cost) for t in grid], style, label=f"a missed one costs {cost}")
    ax.legend()
    ax.set(xlabel="threshold", ylabel="cost per row, in false alarms", title="What each threshold costs")
    return Finding(question, sentence, advice, "share of the rarest class", share, low, high, False, table, figure)


def _cost(truth, says, cost):
    return float((cost * (truth & ~says) + (~truth & says)).mean())


def _cheapest(truth, score, cost):
    grid = np.linspace(0.02, 0.98, 97)
    return float(grid[np.argmin([_cost(truth, score >= t, cost) for t in grid])])
