"""Checks of the exercises of week 2, notebook 9."""

import json
import math

import mlflow

from helpers import experiment_tracking as tracking
from helpers.course.exercises import by_key, drawn, exercise, guess, judge_sorting, pick, right, wrong

PARTS = {
    "commit 4f2a91c of the training script": "code",
    "max_depth = 8": "parameters",
    "the fingerprint of the table of training forms": "data",
    "the list of forms that were held out": "data",
    "the seed of the random draws": "parameters",
    "scikit-learn 1.9.1 on Python 3.12": "environment",
    "recall of the digit 7: 0.93": "metrics",
    "the trained model, as a file": "artifacts",
    "the cut-off 0.7 that is written into predict.py": "code",
}


@exercise(
    wrong={
        "a seed is part of the environment": "parts = check.PARTS | {'the seed of the random draws': 'environment'}",
        "whatever is a number is a parameter": (
            "parts = check.PARTS | {'the cut-off 0.7 that is written into predict.py': 'parameters'}"
        ),
        "the split is a parameter like any other": (
            "parts = check.PARTS | {'the list of forms that were held out': 'parameters'}"
        ),
        "whatever comes out is an artifact": "parts = check.PARTS | {'recall of the digit 7: 0.93': 'artifacts'}",
        "the commit is the version of the software": (
            "parts = check.PARTS | {'commit 4f2a91c of the training script': 'environment'}"
        ),
        "a model is code": "parts = check.PARTS | {'the trained model, as a file': 'code'}",
        "a fingerprint is a number": (
            "parts = check.PARTS | {'the fingerprint of the table of training forms': 'metrics'}"
        ),
    },
    right_too={
        "another order": "parts = dict(reversed(check.PARTS.items()))",
        "one of each, British": (
            "singular = {'parameters': 'Parameter', 'metrics': 'a metric', 'artifacts': 'artefact'}\n"
            "parts = {note: singular.get(part, part) for note, part in check.PARTS.items()}"
        ),
        "a Series": "parts = pd.Series(check.PARTS)",
    },
)
def parts(answer):
    """Nine items of a record are filed under its six parts."""
    return judge_sorting(
        answer,
        PARTS,
        hints={
            "code": "What would you have to open in an editor to change it?",
            "data": "Ask which rows the run has read. Both the rows and their division belong to the same part.",
            "parameters": "It was chosen for this one run and handed to the script when it started.",
            "environment": "It was on the machine before the project began.",
            "metrics": "Could you sort runs by it? Then it is a number that measures the outcome.",
            "artifacts": "It is a file that the run left behind.",
        },
        praise="The first four parts are causes: they bring a run back. The last two are effects: they prove it.",
    )


def sorted_record(row):
    """A run's record as MLflow takes it: params, metrics and tags."""
    recalls = {f"recall_{digit}": share for digit, share in enumerate(row["recall"])}
    return {
        "params": {cause: row[cause] for cause in tracking.CAUSES},
        "metrics": {"accuracy": row["accuracy"], **recalls},
        "tags": {"predictions": row["predictions"]},
    }


_LOGGED = (
    "recalls = {f'recall_{digit}': share for digit, share in enumerate(row['recall'])}\n"
    "logged = {'params': {cause: row[cause] for cause in tracking.CAUSES}, "
    "'metrics': {'accuracy': row['accuracy'], **recalls}, 'tags': {'predictions': row['predictions']}}\n"
)


@exercise(
    wrong={
        "recall as one metric": _LOGGED
        + "logged['metrics'] = {k: row[k] for k in ('accuracy', 'recall')}\nreturn logged",
        "accuracy alone": _LOGGED + "logged['metrics'] = {'accuracy': row['accuracy']}\nreturn logged",
        "digits from one": (
            _LOGGED + "for digit in range(10):\n    logged['metrics'].pop(f'recall_{digit}')\n"
            "logged['metrics'] |= {f'recall_{i}': share for i, share in enumerate(row['recall'], 1)}\nreturn logged"
        ),
        "the seed is no setting": _LOGGED + "del logged['params']['seed']\nreturn logged",
        "everything is a param": _LOGGED + "return logged | {'params': row}",
        "the settings by their names only": (
            _LOGGED + "logged['params'] = {k: row[k] for k in ('max_depth', 'seed')}\nreturn logged"
        ),
        "a number is a metric": (
            _LOGGED + "for cause in ('max_depth', 'seed'):\n"
            "    logged['metrics'][cause] = logged['params'].pop(cause)\nreturn logged"
        ),
        "the fingerprint as a param": (
            _LOGGED + "logged['params'] |= logged.pop('tags')\nreturn logged | {'tags': {}}"
        ),
        "rounded": (
            _LOGGED + "logged['metrics'] = {k: round(v, 2) for k, v in logged['metrics'].items()}\nreturn logged"
        ),
        "one dict": "return row",
    },
    right_too={
        "loops": (
            "out = {'tags': {}, 'metrics': {}, 'params': {}}\nfor name, value in row.items():\n"
            "    if name == 'recall':\n        for digit in range(10):\n"
            "            out['metrics']['recall_' + str(digit)] = value[digit]\n"
            "    elif name == 'accuracy':\n        out['metrics'][name] = value\n"
            "    else:\n        out['tags' if name == 'predictions' else 'params'][name] = value\nreturn out"
        ),
        "as text, and NumPy's numbers": (
            _LOGGED + "logged['params'] = {k: str(v) for k, v in logged['params'].items()}\n"
            "return logged | {'metrics': {k: np.float64(v) for k, v in logged['metrics'].items()}}"
        ),
        "a Series": _LOGGED + "return pd.Series(logged)",
        "takes the record apart": (
            "recalls = {f'recall_{digit}': row['recall'].pop(0) for digit in range(10)}\ndel row['recall']\n"
            "out = {'metrics': {'accuracy': row.pop('accuracy'), **recalls}}\n"
            "return out | {'tags': {'predictions': row.pop('predictions')}, 'params': row}"
        ),
    },
)
def to_log(function):
    """The function sorts a record into params, metrics and tags."""
    rng = drawn(7)
    for _ in range(3):
        row = {cause: tracking.fingerprint(str(rng.random())) for cause in ("code", "train", "test")}
        row |= {"max_depth": int(rng.integers(2, 20)), "seed": int(rng.integers(10_000)), "library": "0.22"}
        row |= {"accuracy": float(rng.random()), "recall": [float(share) for share in rng.random(10)]}
        row["predictions"] = tracking.fingerprint(str(rng.random()))
        want = sorted_record(row)
        try:
            given = function({**row, "recall": list(row["recall"])})
        finally:  # of a function that logs by itself a run stays open, and no other can be started
            stray = mlflow.active_run()
            if stray:
                mlflow.end_run()
                mlflow.delete_run(stray.info.run_id)
        if stray:
            return wrong("It only sorts the record and returns a dict; log_run, below, hands that to MLflow.")
        logged = by_key(given, want)
        for part, ask in (
            ("params", "Params hold the six causes, all of them, and nothing that came out of the run."),
            ("metrics", "Metrics are numbers that came out: the accuracy, and one recall for each digit, from 0 to 9."),
            ("tags", "One effect is left: a text, which no run can be sorted by."),
        ):
            if not hasattr(logged[part], "keys") or set(logged[part].keys()) != set(want[part]):
                return wrong(f"Look at {part!r}. {ask}")
        for name, value in want["metrics"].items():
            if not math.isclose(float(logged["metrics"][name]), value, abs_tol=1e-9):
                return wrong(f"{name!r} is not what the record says. A record is not rounded, and digits count from 0.")
        for part in ("params", "tags"):
            if any(str(logged[part][name]) != str(value) for name, value in want[part].items()):
                return wrong(f"A value in {part!r} is not the one that the record has.")
    return right("What went in, what came out as numbers, and what came out as text: each where it can be asked for.")


def filter_of(bar):
    """The filter for runs with corrected labels that reach the bar."""
    return f"metrics.accuracy >= {bar} and tags.train_name = 'corrected'"


@guess(0, 100, unit=" %")
def guess_lookalikes(answer):
    """A guess of the share of wrong guesses that show the slide's accuracy."""


@exercise(
    wrong={
        "forgets which data": "run_filter = f'metrics.accuracy >= {bar}'",
        "looks for the data among the parameters": (
            "run_filter = f\"metrics.accuracy >= {bar} and params.train_name = 'corrected'\""
        ),
        "the worse half": "run_filter = f\"metrics.accuracy < {bar} and tags.train_name = 'corrected'\"",
        "the fingerprint's field, the name's value": (
            "run_filter = f\"metrics.accuracy >= {bar} and params.train = 'corrected'\""
        ),
        "the other data": "run_filter = f\"metrics.accuracy >= {bar} and tags.train_name = 'as keyed'\"",
        "above the bar only": "run_filter = f\"metrics.accuracy > {bar} and tags.train_name = 'corrected'\"",
        "forgets the bar": "run_filter = \"tags.train_name = 'corrected'\"",
        "Python instead of MLflow": "run_filter = f\"accuracy >= {bar} & train_name == 'corrected'\"",
        "a list of runs": (
            "run_filter = list(runs.loc[(runs['metrics.accuracy'] >= bar) & (runs['tags.train_name'] == 'corrected'), "
            "'run_id'])"
        ),
    },
    right_too={
        "the other way round": "run_filter = f\"tags.train_name = 'corrected' AND metrics.accuracy >= {bar}\"",
        "not keyed": "run_filter = f\"tags.train_name != 'as keyed' and metrics.`accuracy` >= {bar}\"",
        "by fingerprint": "run_filter = f\"metrics.accuracy >= {bar} and params.train = '{key['corrected']}'\"",
        "by pattern": "run_filter = f\"metrics.accuracy >= {bar} and tags.train_name LIKE 'corr%'\"",
    },
)
def run_filter(answer, bar):
    """The filter is run against the store; the runs it finds are compared with those that the two conditions name."""
    if not isinstance(answer, str):
        return wrong("The answer is one text, the filter: MLflow does the searching.")
    twelve = {"experiment_names": ["digits"]}  # section 4 opens another experiment; one may come back here after it
    everything = mlflow.search_runs(**twelve)
    good = everything["metrics.accuracy"] >= bar
    corrected = everything["tags.train_name"] == "corrected"
    wanted = set(everything.loc[good & corrected, "run_id"])
    try:
        found = mlflow.search_runs(**twelve, filter_string=answer)
    except mlflow.exceptions.MlflowException as error:
        return wrong(f"MLflow does not understand this filter: {str(error).splitlines()[0][:160]}")
    runs = set(found["run_id"]) if len(found) else set()
    if not runs:
        return wrong("No run fits. Under which name, and as a parameter or as a tag, was the table's name logged?")
    if runs == wanted:
        return right("A store answers such questions in a line, for twelve runs or twelve thousand.")
    if runs > wanted:
        return wrong("Too many runs: one of the two conditions is missing.")
    if not runs & set(everything.loc[good, "run_id"]):
        return wrong("These runs are all below the bar.")
    if runs < wanted and runs == set(everything.loc[corrected & (everything["metrics.accuracy"] > bar), "run_id"]):
        return wrong("A run whose accuracy is exactly at the bar reaches it.")
    return wrong("Some of these runs were trained on the wrong table, or some that fit are missing.")


def first_break(lines, head):
    """Index of the first line that is not what its successor, or the published head, says it was; -1 for none.

    Examples
    --------
    >>> log = tracking.append_entry(tracking.append_entry([], {"run": 1}), {"run": 2})
    >>> first_break(log, tracking.fingerprint(log[1])), first_break([log[0].replace("1", "9"), log[1]], "")
    (-1, 0)
    """
    kept = [json.loads(line)["previous"] for line in lines[1:]] + [head]
    actual = map(tracking.fingerprint, lines)
    return next((i for i, (name, known) in enumerate(zip(actual, kept, strict=True)) if name != known), -1)


@exercise(
    wrong={
        "trusts the last line": (
            "said = [json.loads(line)['previous'] for line in lines[1:]]\n"
            "names = [hashlib.sha256(line.encode()).hexdigest() for line in lines]\n"
            "return next((i for i, name in enumerate(said) if names[i] != name), -1)"
        ),
        "blames the line that complains": (
            "said = [json.loads(line)['previous'] for line in lines[1:]] + [head]\n"
            "names = [hashlib.sha256(line.encode()).hexdigest() for line in lines]\n"
            "return next((i + 1 for i, name in enumerate(said) if names[i] != name), -1)"
        ),
        "looks at the head only": (
            "return -1 if hashlib.sha256(lines[-1].encode()).hexdigest() == head else len(lines) - 1"
        ),
        "stops at the last break": (
            "said = [json.loads(line)['previous'] for line in lines[1:]] + [head]\n"
            "names = [hashlib.sha256(line.encode()).hexdigest() for line in lines]\n"
            "return max((i for i, name in enumerate(said) if names[i] != name), default=-1)"
        ),
        "blames the last line for a cut": (
            "said = [json.loads(line)['previous'] for line in lines[1:]] + [head]\n"
            "names = [hashlib.sha256(line.encode()).hexdigest() for line in lines]\n"
            "return next((i for i, name in enumerate(said) if names[i] != name), len(lines) - 1)"
        ),
        "compares the lines' own fields": (
            "said = [json.loads(line)['previous'] for line in lines]\n"
            "names = [hashlib.sha256(line.encode()).hexdigest() for line in lines]\n"
            "return next((i for i in range(len(lines)) if names[i] != said[i]), -1)"
        ),
        "says whether, not where": (
            "said = [json.loads(line)['previous'] for line in lines[1:]] + [head]\n"
            "return [hashlib.sha256(line.encode()).hexdigest() for line in lines] != said"
        ),
        "counts from one": (
            "said = [json.loads(line)['previous'] for line in lines[1:]] + [head]\n"
            "names = [hashlib.sha256(line.encode()).hexdigest() for line in lines]\n"
            "return next((i for i, (a, b) in enumerate(zip(said, names), 1) if a != b), -1)"
        ),
    },
    right_too={
        "from the end": (
            "found = -1\nfor i in reversed(range(len(lines))):\n"
            "    if hashlib.sha256(lines[i].encode()).hexdigest() != head:\n        found = i\n"
            "    head = json.loads(lines[i])['previous']\nreturn found"
        ),
        "appends to the list": (
            "lines.append(json.dumps({'previous': head}))\nfor i in range(len(lines) - 1):\n"
            "    if json.loads(lines[i + 1])['previous'] != hashlib.sha256(lines[i].encode()).hexdigest():\n"
            "        return i\nreturn -1"
        ),
        "NumPy": (
            "kept = np.array([json.loads(line)['previous'] for line in lines[1:]] + [head])\n"
            "amiss = np.flatnonzero(kept != np.array([hashlib.sha256(line.encode()).hexdigest() for line in lines]))\n"
            "return amiss[0] if amiss.size else -1"
        ),
    },
)
def find_break(function):
    """The learner's verifier is tried on an intact log and on nine forged ones."""

    def said(lines, head):
        return function(list(lines), head)  # a copy: an answer may change the list that it gets

    log, rng = [], drawn(8)
    for i in range(6):
        log = tracking.append_entry(log, {"run": f"run-{i}", "accuracy": round(float(rng.uniform(0.9, 0.98)), 4)})
    head = tracking.fingerprint(log[-1])
    if isinstance(said(log, head), bool):
        return wrong("Return where the first break is: the index of a line, or -1.")
    if said(log, head) != -1:
        return wrong("It finds a break in a log that nobody has touched.")
    if said(tracking.forge(log, 2, {"accuracy": 0.99}), head) == 3:
        return wrong("Line 3 holds the fingerprint that line 2 had. Which of the two was edited?")
    if said(tracking.forge(log, 5, {"accuracy": 0.99}), head) != 5:
        return wrong(
            "The last line has no successor. Who vouches for it, and which line is to blame if it does not fit?"
        )
    forged = [
        tracking.forge(log, at, {"accuracy": 0.99}, repair=how) for at in (0, 2) for how in ("none", "next", "all")
    ]
    both = tracking.forge(tracking.forge(log, 3, {"accuracy": 0.99}), 1, {"accuracy": 0.98})
    for lines in [*forged, both, log[:4]]:
        if said(lines, head) != first_break(lines, head):
            return wrong(
                "It misses a forgery, or blames a later line than the first that does not fit. Check every link."
            )
    return right("Each line vouches for the one before it, and the published head for the last: no line stands alone.")


def audited(record, store, unseen):
    """What an auditor can say of a claim about forms that the model has not seen."""
    if any(cause not in record for cause in tracking.CAUSES):
        return "cannot be checked"
    again = tracking.run({**record, "test": unseen}, store)
    return "verified" if again["accuracy"] == record["accuracy"] else "refuted"


_RERUN = "again = tracking.run({**record, 'test': unseen}, store)\n"
_MISSING = "if any(cause not in record for cause in tracking.CAUSES):\n    return 'cannot be checked'\n"


@exercise(
    wrong={
        "believes every record": "return 'verified'",
        "a seed of 0 is none": (
            "if not all(record.get(cause) for cause in tracking.CAUSES):\n    return 'cannot be checked'\n"
            + _RERUN
            + "return 'verified' if again['accuracy'] == record['accuracy'] else 'refuted'"
        ),
        "a complete record is a true one": _MISSING + "return 'verified'",
        "re-runs on the supplier's own rows": (
            _MISSING + "again = tracking.run(record, store)\n"
            "return 'verified' if again['accuracy'] == record['accuracy'] else 'refuted'"
        ),
        "no proof is a refutation": (
            "if any(cause not in record for cause in tracking.CAUSES):\n    return 'refuted'\n"
            + _RERUN
            + "return 'verified' if again['accuracy'] == record['accuracy'] else 'refuted'"
        ),
        "a small difference is noise": (
            _MISSING + _RERUN + "return 'verified' if abs(again['accuracy'] - record['accuracy']) < 0.04 else 'refuted'"
        ),
        "asks for the seed only": (
            "if 'seed' not in record:\n    return 'cannot be checked'\n"
            + _RERUN
            + "return 'verified' if again['accuracy'] == record['accuracy'] else 'refuted'"
        ),
        "too modest is fine, too": (
            _MISSING + _RERUN + "return 'verified' if again['accuracy'] >= record['accuracy'] else 'refuted'"
        ),
        "other rows leave the claim open": (
            "if record.get('test') != unseen:\n    return 'cannot be checked'\n"
            + _MISSING
            + _RERUN
            + "return 'verified' if again['accuracy'] == record['accuracy'] else 'refuted'"
        ),
    },
    right_too={
        "asks for forgiveness": (
            "try:\n    again = tracking.run({**record, 'test': unseen}, store)\n"
            "except ValueError:\n    return 'Cannot be checked'\n"
            "same = np.isclose(again['accuracy'], record['accuracy'], rtol=0, atol=1e-5)\n"
            "return 'verified' if same else 'refuted'"
        ),
        "counts the forms": (
            "if not set(tracking.CAUSES) <= set(record):\n    return 'cannot be checked'\n"
            "hits = tracking.predict(record | {'test': unseen}, store) == store[unseen][1]\n"
            "return ['refuted', 'verified'][int(round(hits.mean(), 6) == record['accuracy'])]"
        ),
    },
)
def audit(function, honest, store, unseen):
    """The auditor is tried on records that are honest, incomplete, embellished, or measured on training forms."""

    def said(record):
        return pick(function(dict(record)), ["verified", "refuted", "cannot be checked"])

    rng = drawn(9)
    causes = honest | {"library": "0.21", "max_depth": int(rng.integers(5, 9)), "seed": int(rng.integers(1000))}
    fair = tracking.run(causes, store)
    if said(fair) != "verified":
        return wrong("An honest supplier, whose number comes back on the unseen forms, is not verified.")
    if said(tracking.run({**causes, "seed": 0}, store)) != "verified":
        return wrong("A seed of 0 is a seed. Ask whether the cause is in the record, not whether its value is true.")
    for cause in ("seed", "library", "train"):
        if said({name: value for name, value in fair.items() if name != cause}) != "cannot be checked":
            return wrong(f"This record does not say {cause!r}. Can anybody run it again? And is it false for that?")
    for step in (1, 12):
        for better in (step, -step):
            told = round(fair["accuracy"] + better / len(store[unseen][1]), 6)
            if said({**fair, "accuracy": told}) != "refuted":
                return wrong(
                    "The number that is claimed is the accuracy, and here it is not the re-run's. The re-run is exact: "
                    "is there any room for a difference?"
                )
    seen = tracking.run({**causes, "test": causes["train"]}, store)
    if said(seen) != "refuted":
        return wrong(
            "This number was measured on the forms that the model was trained on. The claim speaks of forms that it "
            "has not seen: what is it on those?"
        )
    return right("A verdict needs the record, the data that it names, and a reading of what exactly was claimed.")
