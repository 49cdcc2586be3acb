"""A table ready to be questioned: its target, its usable columns, and models measured on rows they have not seen."""

from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.feature_selection import SelectKBest, f_classif, f_regression
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from helpers.audit.columns import as_number, as_time, features, kind_of, label, tidy
from helpers.audit.finding import AuditError

MOST_MODEL_ROWS = 20_000  # that models are trained on; more are sampled
MOST_COLUMNS = 60  # that a model gets; more are screened within each fold
MOST_CLASSES = 20
FEWEST_ROWS = 20
LARGEST = 1e30  # models compute with 32 bits
FOLDS = 5
HEAVY = 0.5  # of a target's variance in one row of a hundred


class Case:
    """A table with its target, ready for the questions.

    Parameters
    ----------
    table : DataFrame
        Its index numbers the rows of the file, from 0.
    target : str
        The column to predict.
    time, group, predictions : str, optional
        The columns with the time of a row, with what repeats (a customer), and with the scores of a model in use.
    seed : int
    most_rows : int
        Rows that models are trained on at most.

    Raises
    ------
    AuditError
        Where the table cannot be audited.
    """

    def __init__(self, table, target, *, time="", group="", predictions="", seed=0, most_rows=MOST_MODEL_ROWS):
        self.seed, self.notes = seed, []
        self.raw, self.target = tidy(table), target
        self.names = {"target": target, "time": time, "group": group, "predictions": predictions}
        self._check_names()
        self.repeated = self.raw.duplicated()
        if len(self.raw) <= self.raw.index.max():
            self.notes.append(f"{len(self.raw):,} rows of a larger table were drawn, and only these are asked about")
        known = self.raw[self.raw[target].notna()]
        if len(known) < len(self.raw):
            self.notes.append(f"{len(self.raw) - len(known):,} rows have no target and are left out")
        if len(known) < FEWEST_ROWS:
            raise AuditError(f"{len(known)} rows have a target, and an audit needs at least {FEWEST_ROWS}")
        if known[target].nunique() < 2:
            raise AuditError(f"the target {target!r} is the same in every row, so there is nothing to predict")
        self._set_target(self._sample(known, most_rows))
        self._set_columns()
        self._set_roles()

    def _check_names(self):
        for role, name in self.names.items():
            if (name or role == "target") and name not in self.raw.columns:
                listed = ", ".join(map(repr, list(self.raw.columns)[:8]))
                raise AuditError(f"there is no column {name!r} for the {role}; the table has {listed}")
        used = [name for name in self.names.values() if name]
        if len(set(used)) < len(used):
            raise AuditError("target, time, group and predictions must be different columns")

    def _sample(self, known, most_rows):
        """Each repeated row once, and not more rows than models are to get."""
        different = known[~self.repeated[known.index]]
        if len(different) < FEWEST_ROWS:
            raise AuditError(
                f"{len(different)} different rows have a target, and an audit needs at least {FEWEST_ROWS}"
            )
        if len(different) <= most_rows:
            return different
        self.notes.append(f"models use {most_rows:,} rows, drawn with seed {self.seed}")
        return different.iloc[
            np.sort(np.random.default_rng(self.seed).choice(len(different), most_rows, replace=False))
        ]

    def _set_target(self, data):
        values = data[self.target]
        numbers = as_number(values)
        few = values.nunique() <= min(MOST_CLASSES, len(values) / 5)
        self.is_number = numbers is not None and not (few and (numbers.dropna() % 1 == 0).all())
        text = None if self.is_number else self._classes(values.map(label))
        kept = numbers.notna() if text is None else text.notna()
        self.data, self.labels = data[kept], None
        if text is None:
            self.y = numbers[kept].to_numpy(float)
            if not kept.all():
                self.notes.append(f"{(~kept).sum():,} rows are left out, for their target is no number")
            if (share := _share_of_few(self.y)) > HEAVY:
                self.notes.append(
                    f"1 % of the rows hold {share:.0%} of the target's variance: R² speaks mostly about them, and a "
                    "logarithm or a cap may suit the target better"
                )
            return
        self.labels = sorted(text[kept].unique())
        if len(self.labels) < 2:
            raise AuditError(f"the target {self.target!r} has one class with at least {FOLDS} rows, and needs two")
        self.y = pd.Categorical(text[kept], categories=self.labels).codes.astype(int)

    def _classes(self, text):
        """The class of each row; those with few rows together, or none where even so they are too few."""
        counts = text.value_counts()
        if len(counts) > max(2 * MOST_CLASSES, len(text) / 4) or counts.iloc[0] < FOLDS:
            raise AuditError(
                f"the target {self.target!r} is a text with {len(counts):,} different values, too many to learn"
            )
        rare = counts.index[(counts < FOLDS) | (np.arange(len(counts)) >= MOST_CLASSES)]
        if not len(rare):
            return text
        together = counts[rare].sum() >= FOLDS
        what = "are taken together as 'other'" if together else "are left out"
        self.notes.append(f"{len(rare)} rare classes of the target ({counts[rare].sum():,} rows) {what}")
        return text.where(~text.isin(rare), "other" if together else None)

    def _set_columns(self):
        parts, self.kinds, self.values, self.origin = {}, {}, {}, {}
        for name in self.data.columns:
            if name in self.names.values():
                continue
            self.kinds[name], values = kind_of(self.data[name])
            if values is None or self.kinds[name] == "identity":
                continue
            self.values[name] = values
            for title, part in features(name, self.kinds[name], values).items():
                part = part / max(1.0, np.nanmax(np.abs(part), initial=0) / LARGEST)
                if pd.Series(part).nunique(dropna=False) > 1:
                    parts[title], self.origin[title] = part, name
        if not parts:
            raise AuditError(
                "no column is left to predict from: all are empty, constant or number the rows, or there are none"
            )
        self.X = pd.DataFrame(parts)
        self.categorical = [self.kinds[self.origin[title]] == "category" for title in self.X.columns]

    def _set_roles(self):
        self.time, self.group, self.predictions = None, None, None
        if name := self.names["time"]:
            self.time = as_time(self.data[name])
            if self.time is None:
                raise AuditError(f"the time column {name!r} holds neither dates nor numbers")
        if name := self.names["group"]:
            alone = pd.Series([f"row {row}" for row in self.data.index], self.data.index)  # who has no group
            self.group = self.data[name].astype(str).where(self.data[name].notna(), alone).to_numpy(object)
        if name := self.names["predictions"]:
            self.predictions = as_number(self.data[name])
            if self.predictions is None or self.classes > 2:
                self.predictions = None
                self.notes.append(f"{name!r} is not compared: scores are numbers, of a number or of one of two classes")

    def __len__(self):
        return len(self.y)

    @property
    def classes(self):
        """The number of classes, 0 where the target is a number."""
        return 0 if self.is_number else len(self.labels)

    @property
    def hint_of_dates(self):
        """A question in brackets about columns of dates, where no time is named."""
        dates = [repr(name) for name, kind in self.kinds.items() if kind == "date"]
        return f" (is it {' or '.join(dates[:3])}?)" if dates else ""

    @property
    def measure(self):
        """The name of the score: higher is better."""
        if self.is_number:
            return "R² (share of the variance explained)"
        return "AUC (1 is perfect, 0.5 is a coin)" if self.classes == 2 else "mean AUC over the classes"

    def score(self, y, predicted):
        """R² of numbers, or AUC of scores; NaN where a part has one class only."""
        y = np.asarray(y)
        if self.is_number:
            return 1 - np.mean((y - predicted) ** 2) / np.var(y) if len(y) > 1 and np.ptp(y) > 0 else np.nan
        shares = predicted if predicted.ndim == 2 else np.column_stack([1 - predicted, predicted])
        present = [k for k in range(self.classes) if 0 < (y == k).sum() < len(y)]
        if self.classes == 2:
            present = present[-1:]
        return np.mean([_auc(y == k, shares[:, k]) for k in present]) if present else np.nan

    def loss(self, predicted, y=None):
        """Loss of each row: squared error over the variance, or log loss."""
        y = self.y if y is None else y
        if self.is_number:
            return (y - predicted) ** 2 / max(np.var(self.y), 1e-12)
        return -np.log(np.clip(predicted[np.arange(len(y)), y], 1e-3, 1))

    def bounded_loss(self, predicted, y):
        """Loss of each row without heavy tails: one less the share of the right class, or the absolute error."""
        return np.abs(y - predicted) if self.is_number else 1 - predicted[np.arange(len(y)), y]

    def wrong(self, predicted):
        """Error of each row: 0 or 1 of a class, the absolute error of a number."""
        return np.abs(self.y - predicted) if self.is_number else (predicted.argmax(1) != self.y).astype(float)

    def model(self, kind="trees"):
        """An unfitted model.

        "trees" are boosted, "stumps" very small ones, "linear" is linear, "rule" is one cut of one column, and "none"
        says always the same.
        """
        number, codes = self.is_number, np.array(self.categorical)
        screen = []
        wide = self.X.shape[1] > MOST_COLUMNS
        if wide:
            fill = SimpleImputer(strategy="median", keep_empty_features=True)
            screen = [fill, SelectKBest(f_regression if number else f_classif, k=MOST_COLUMNS)]
        if kind == "none":
            return DummyRegressor() if number else DummyClassifier()
        if kind == "rule":
            tree = DecisionTreeRegressor if number else DecisionTreeClassifier
            return make_pipeline(*screen, tree(max_depth=1, min_samples_leaf=5, random_state=0))
        if kind == "linear":
            plain = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
            one_hot = OneHotEncoder(handle_unknown="ignore", min_frequency=5)
            encode = ColumnTransformer([("n", plain, np.flatnonzero(~codes)), ("c", one_hot, np.flatnonzero(codes))])
            linear = Ridge(1.0) if number else LogisticRegression(max_iter=300)
            return make_pipeline(*screen, StandardScaler(), linear) if wide else make_pipeline(encode, linear)
        boosted = HistGradientBoostingRegressor if number else HistGradientBoostingClassifier
        leaves, rate, rounds = (3, 0.15, 40) if kind == "stumps" else (12, 0.25, 24)
        if self.classes > 3:
            rounds = max(10, 3 * rounds // self.classes)
        options = {"max_iter": rounds, "learning_rate": rate, "max_leaf_nodes": leaves, "random_state": 0}
        options |= {"early_stopping": False, "l2_regularization": 1.0}
        return make_pipeline(*screen, boosted(categorical_features=None if wide else codes, **options))

    def fit(self, rows, *, kind="trees", X=None, y=None):
        """A function that predicts rows of columns, learned from some of them."""
        X = self.X.to_numpy() if X is None else X
        y = self.y if y is None else y
        model = self.model(kind).fit(X[rows], y[rows])
        if self.is_number:
            return model.predict

        def shares(X):
            full = np.zeros((len(X), self.classes))
            full[:, model.classes_] = model.predict_proba(X)
            return full

        return shares

    def folds(self, how="random", y=None):
        """Five pairs of training and held-out rows: at random, or by group."""
        y = self.y if y is None else y
        if how == "group":
            n = min(FOLDS, len(set(self.group)))
            return list(GroupKFold(n, shuffle=True, random_state=self.seed).split(self.X, y, self.group))
        n = FOLDS if self.is_number else max(2, min(FOLDS, np.bincount(y).min()))
        split = (KFold if self.is_number else StratifiedKFold)(n, shuffle=True, random_state=self.seed)
        return list(split.split(self.X, y))

    def predict_unseen(self, how="random", *, kind="trees", X=None, y=None):
        """What a model says about each row, learned from the other folds."""
        X = self.X.to_numpy() if X is None else X
        y = self.y if y is None else y
        said = np.zeros(len(self) if self.is_number else (len(self), self.classes))
        for train, test in self.folds(how, y):
            said[test] = self.fit(train, kind=kind, X=X, y=y)(X[test])
        return said

    @cached_property
    def honest(self):
        """How rows are held out: by group where groups are given, else at random."""
        return "group" if self.group is not None and len(set(self.group)) >= 4 else "random"

    @cached_property
    def said(self):
        """What boosted trees say about each row, held out honestly."""
        return self.predict_unseen(self.honest)

    def interval(self, statistic, *, draws=100, level=0.95, rows=None):
        """Bootstrap interval of a statistic of row numbers; groups are drawn whole where there are any."""
        rng = np.random.default_rng([self.seed, 1])
        rows = np.arange(len(self)) if rows is None else rows
        if self.honest == "group":
            picks = (_whole_groups(self.group, rows, rng) for _ in range(draws))
        else:
            picks = (rows[rng.integers(len(rows), size=len(rows))] for _ in range(draws))
        values = np.array([statistic(pick) for pick in picks], float)
        values = values[np.isfinite(values)]
        if not len(values):
            return np.nan, np.nan
        return tuple(float(v) for v in np.quantile(values, [(1 - level) / 2, (1 + level) / 2]))


def _share_of_few(y):
    """The share of a target's variance that one row of a hundred holds."""
    squares = np.sort((y - y.mean()) ** 2)[::-1]
    return squares[: -(-len(y) // 100)].sum() / max(squares.sum(), 1e-300)


def _auc(truth, score):
    """Area under the ROC curve by ranks, ten times as fast as with all of scikit-learn's care."""
    n = truth.sum()
    return (rankdata(score)[truth].sum() - n * (n + 1) / 2) / (n * (len(truth) - n))


def _whole_groups(groups, rows, rng):
    """Rows of as many groups as there are, drawn with replacement."""
    codes = pd.factorize(groups[rows])[0]
    order, sizes = np.argsort(codes, kind="stable"), np.bincount(codes)
    starts, drawn = np.cumsum(sizes) - sizes, rng.integers(len(sizes), size=len(sizes))
    lengths = sizes[drawn]
    offsets = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return rows[order[np.repeat(starts[drawn], lengths) + offsets]]
