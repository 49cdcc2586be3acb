"""Checks of the exercises of week 2, notebook 9."""

import mlflow

from helpers import experiment_tracking as tracking
from helpers.course.exercises import exercise, judge_sorting, right, wrong

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
GAPS = {
    "the same script gives another figure since the labeling team repaired 40 labels in the same file": "data",
    "a colleague's laptop has a newer library and draws ten times as many trees": "environment",
    "two runs a minute apart, on one thread of one machine, from one commit and one table, differ in six forms": (
        "parameters"
    ),
    "the run happened between two commits, with an edit that was never committed": "code",
    "everything needed for a re-run is there, but nobody can say whether the re-run gave the same number": "metrics",
}
VERDICTS = {"North": "verified", "East": "cannot be checked", "South": "refuted", "West": "refuted"}
SITUATIONS = {
    "the bank wants to follow afterwards who trained what on which forms": "audit trails",
    "an outside firm, paid by the bank's regulator, examines our releases": "third-party auditing",
    "two colleagues spend a week writing digits that fool our reader": "red team exercises",
    "strangers earn money for each group of writers whom we read badly": "bias and safety bounties",
    "we tell our competitors how a wrong label table reached production": "sharing of AI incidents",
}
MECHANISMS = (
    *("third-party auditing", "red team exercises", "bias and safety bounties", "sharing of AI incidents"),
    *("audit trails", "interpretability", "privacy-preserving machine learning"),
    *("secure hardware", "high-precision compute measurement", "compute support for academia"),
)


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
    everything = mlflow.search_runs()
    good = everything["metrics.accuracy"] >= bar
    corrected = everything["tags.train_name"] == "corrected"
    wanted = set(everything.loc[good & corrected, "run_id"])
    try:
        found = mlflow.search_runs(filter_string=answer)
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


@exercise(
    wrong={
        "the file name is the version": "gaps = dict.fromkeys(gaps, 'code')",
        "chance is the environment's fault": (
            "gaps = check.GAPS | {next(gap for gap in gaps if 'a minute apart' in gap): 'environment'}"
        ),
        "a re-run needs no evidence": (
            "gaps = check.GAPS | {'everything needed for a re-run is there, but nobody can say whether the re-run "
            "gave the same number': 'parameters'}"
        ),
        "the same file is the same data": (
            "gaps = check.GAPS | {next(gap for gap in gaps if 'repaired 40 labels' in gap): 'code'}"
        ),
        "a default is a parameter": "gaps = check.GAPS | {next(gap for gap in gaps if 'laptop' in gap): 'parameters'}",
    },
    right_too={
        "another order, capitals": "gaps = {gap: part.title() for gap, part in reversed(check.GAPS.items())}",
        "one of each": "gaps = {gap: part.removesuffix('s') for gap, part in check.GAPS.items()}",
    },
)
def gaps(answer):
    """For five failed reproductions, the part that was not recorded."""
    return judge_sorting(
        answer,
        GAPS,
        hints={
            "code": "A commit describes only what was committed.",
            "data": "The file kept its name. What changed inside it?",
            "parameters": "Machine, commit and table are the same. What can two such runs still differ in?",
            "environment": "The script and its settings are the same. Who decided how many trees to draw?",
            "metrics": "The causes are complete. What would you compare the re-run with?",
        },
        praise="Whatever could have been different and was not written down will be different one day.",
    )


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
        "NumPy": (
            "kept = np.array([json.loads(line)['previous'] for line in lines[1:]] + [head])\n"
            "amiss = np.flatnonzero(kept != np.array([hashlib.sha256(line.encode()).hexdigest() for line in lines]))\n"
            "return amiss[0] if amiss.size else -1"
        ),
    },
)
def find_break(function):
    """The learner's verifier is tried on an intact log and on nine forged ones."""
    log = []
    for i in range(6):
        log = tracking.append_entry(log, {"run": f"run-{i}", "accuracy": 0.9 + i / 100})
    head = tracking.fingerprint(log[-1])
    if isinstance(function(log, head), bool):
        return wrong("Return where the first break is: the index of a line, or -1.")
    if function(log, head) != -1:
        return wrong("It finds a break in a log that nobody has touched.")
    if function(tracking.forge(log, 2, {"accuracy": 0.99}), head) == 3:
        return wrong("Line 3 holds the fingerprint that line 2 had. Which of the two was edited?")
    if function(tracking.forge(log, 5, {"accuracy": 0.99}), head) != 5:
        return wrong(
            "The last line has no successor. Who vouches for it, and which line is to blame if it does not fit?"
        )
    forged = [
        tracking.forge(log, at, {"accuracy": 0.99}, repair=how) for at in (0, 2) for how in ("none", "next", "all")
    ]
    both = tracking.forge(tracking.forge(log, 3, {"accuracy": 0.99}), 1, {"accuracy": 0.98})
    for lines in [*forged, both, log[:4]]:
        if function(lines, head) != tracking.first_break(lines, head=head):
            return wrong(
                "It misses a forgery, or blames a later line than the first that does not fit. Check every link."
            )
    return right("Each line vouches for the one before it, and the published head for the last: no line stands alone.")


@exercise(
    wrong={
        "believes every record": "verdicts = dict.fromkeys(verdicts, 'verified')",
        "what repeats is true": "verdicts = check.VERDICTS | {'West': 'verified'}",
        "no proof is a refutation": "verdicts = check.VERDICTS | {'East': 'refuted'}",
        "a small difference is noise": "verdicts = check.VERDICTS | {'South': 'verified'}",
        "the wrong rows leave the claim open": "verdicts = check.VERDICTS | {'West': 'cannot be checked'}",
        "a missing seed does not matter": "verdicts = check.VERDICTS | {'East': 'verified'}",
        "nobody can be checked": "verdicts = dict.fromkeys(verdicts, 'cannot be checked')",
    },
    right_too={
        "another order, capitals": "verdicts = {name: said.title() for name, said in reversed(check.VERDICTS.items())}",
        "a Series": "verdicts = pd.Series(check.VERDICTS)",
    },
)
def verdicts(answer):
    """Four suppliers' claims are verified, refuted, or cannot be checked."""
    return judge_sorting(
        answer,
        VERDICTS,
        hints={
            "North": "Run it again: does the number come back, and on which forms?",
            "East": "You cannot run it. Does that make the claim false?",
            "South": "The re-run is exact: the same trees on the same forms. Is there any room for noise?",
            "West": "The number comes back, but on which forms? Try the same causes on forms new to the model.",
        },
        praise="A verdict needs the record, the data it names, and a reading of what exactly was claimed.",
    )


@exercise(
    wrong={
        "any outsider is an auditor": (
            "mechanisms = check.SITUATIONS | {'strangers earn money for each group of writers whom we read badly': "
            "'third-party auditing'}"
        ),
        "an attack is a bounty": (
            "mechanisms = check.SITUATIONS | {'two colleagues spend a week writing digits that fool our reader': "
            "'bias and safety bounties'}"
        ),
        "the log does everything": "mechanisms = dict.fromkeys(mechanisms, 'audit trails')",
        "telling is paying": (
            "mechanisms = check.SITUATIONS | {next(case for case in mechanisms if 'competitors' in case): "
            "'third-party auditing'}"
        ),
        "whoever looks is an attacker": (
            "mechanisms = check.SITUATIONS | {next(case for case in mechanisms if 'outside firm' in case): "
            "'red team exercises'}"
        ),
    },
    right_too={
        "another order, one of each": (
            "mechanisms = {case: name.removesuffix('s') for case, name in reversed(check.SITUATIONS.items())}"
        ),
        "capitals, no hyphen": (
            "mechanisms = {case: name.title().replace('-', ' ') for case, name in check.SITUATIONS.items()}"
        ),
    },
)
def mechanisms(answer):
    """Five situations are matched with the mechanism of the report."""
    return judge_sorting(
        answer,
        SITUATIONS,
        hints={
            "audit trails": "Nobody is examining anything yet. What must have been written down?",
            "third-party auditing": "Independent, and neither attacking nor searching for a prize.",
            "red team exercises": "They are your own people, and they try to break it.",
            "bias and safety bounties": "Anyone may look, and is paid by the find.",
            "sharing of AI incidents": "It has happened already. Who learns from it?",
        },
        praise="Four of the five are institutional: software makes a claim checkable, people still have to check.",
        kinds=MECHANISMS,
    )
