"""Checks of the exercises in week1/01_ml_lifecycle."""

import math

import numpy as np

from helpers.course.exercises import exercise, right, wrong

COMPONENTS = ("scoping", "data", "modelling", "deployment")


def _sorted_answers(answers, truth, allowed):
    """Choices by keyword, lower case; and the first choice that is not allowed, if any."""
    given = {key: str(value).strip().lower() for key, value in answers.items()}
    said = {word: next(value for key, value in given.items() if word in key) for word in truth}
    return said, next((value for value in said.values() if value not in allowed), None)


@exercise(
    wrong={
        "the choice of a project comes from the model": "component = dict(zip(component, "
        "['scoping', 'data', 'modelling', 'deployment', 'modelling', 'data']))",
        "labelling rules are modelling": "component = dict(zip(component, "
        "['scoping', 'modelling', 'modelling', 'deployment', 'scoping', 'data']))",
        "errors are found in deployment": "component = dict(zip(component, "
        "['scoping', 'data', 'deployment', 'deployment', 'scoping', 'data']))",
    }
)
def component(answers):
    """Six hand-overs and the component that produced each."""
    truth = {"signatures": "scoping", "crossed-out": "data", "4s read": "modelling", "one form in twenty": "deployment",
             "comes first": "scoping", "all branches": "data"}  # fmt: skip
    said, strange = _sorted_answers(answers, truth, COMPONENTS)
    if strange:
        return wrong(f"Choose among {', '.join(COMPONENTS)} (got {strange!r}).")
    if said["comes first"] != "scoping":
        return wrong("One note compares what two projects are worth. Was a model needed to know it?")
    if said["crossed-out"] != "data":
        return wrong("One note settles what the right answer for a form is. Which question of the table is that?")
    if said["4s read"] != "modelling":
        return wrong("One note is an analysis of errors that decides which idea to try next. In which loop is it made?")
    missed = [word for word in truth if said[word] != truth[word]]
    if missed:
        return wrong(f"Look again at the note with the words “{missed[0]}”.")
    return right("A target, a definition with examples, a model with its errors, and a watch over it: four hand-overs.")


@exercise(
    wrong={
        "counts all forms as automated": "return forms * (person_eur + person_error * error_eur - error * error_eur) "
        "- RUN_EUR",
        "forgets that the machine errs": "return forms * automated * person_eur - RUN_EUR",
        "forgets that people err": "return forms * automated * (person_eur - error * error_eur) - RUN_EUR",
        "forgets the servers": "return forms * automated * (person_eur + (person_error - error) * error_eur)",
    }
)
def yearly_gain(function):
    """Gain against people alone for several volumes, shares and errors, with the notebook's prices."""
    for forms, share, error in ((1_000_000, 0.7, 0.02), (500_000, 0.5, 0.0), (2_000_000, 1.0, 0.06), (0, 0.5, 0.1)):
        said, per_form = function(forms, share, error), 0.06 - error
        if math.isclose(said, forms * share * per_form - 20_000, abs_tol=0.01):
            continue
        if math.isclose(said, forms * share * per_form, abs_tol=0.01):
            return wrong("What does a year cost in which not a single form arrives?")
        if share < 1 and math.isclose(said, forms * per_form - 20_000, abs_tol=0.01):
            return wrong("Forms that people still read gain nothing.")
        if math.isclose(said, forms * share * 0.05 - 20_000, abs_tol=0.01):
            return wrong("Wages are not all: mistakes cost money too, the machine's and the people's.")
        if math.isclose(said, forms * share * (0.05 - error) - 20_000, abs_tol=0.01):
            return wrong("The machine's mistakes are counted, but those of the people it replaces have gone, too.")
        return wrong(
            "Per automated form: a wage saved, a person's expected slips saved, the machine's expected slips paid."
        )
    return right("The machine's error matters only on what it reads, and fixed costs decide whether small volumes pay.")


@exercise(
    wrong={
        "whatever is released is deployment, the rest modelling": "loops = dict(zip(loops, 'modelling modelling "
        "modelling modelling modelling deployment modelling modelling'.split()))",
        "only modelling looks at errors": "loops = dict(zip(loops, 'modelling deployment deployment modelling "
        "modelling deployment modelling both'.split()))",
        "only training needs a person's answers": "loops = dict(zip(loops, 'modelling deployment deployment modelling "
        "both deployment modelling modelling'.split()))",
        "everything is both": "loops = dict.fromkeys(loops, 'both')",
    }
)
def loops(answers):
    """Eight calendar entries and the loop each belongs to."""
    truth = {"40 settings": "modelling", "unreadable": "deployment", "two clerks": "deployment",
             "Thursday": "modelling", "sorted by kind": "both", "then 20": "deployment",
             "loss function": "modelling", "person had typed": "both"}  # fmt: skip
    said, strange = _sorted_answers(answers, truth, ("modelling", "deployment", "both"))
    if strange:
        return wrong(f"Choose among modelling, deployment and both (got {strange!r}).")
    if said["unreadable"] != "deployment" or said["two clerks"] != "deployment":
        return wrong("In which loop does the model stay fixed while the world moves, with no end in sight?")
    if said["sorted by kind"] != "both":
        return wrong("Where do you look at mistakes before deciding? Think of team B after its alarm, too.")
    if said["person had typed"] != "both":
        return wrong("Which loop can count errors without a person's answer? Look at “forms judged on” in the table.")
    missed = [word for word in truth if said[word] != truth[word]]
    if missed:
        return wrong(f"Look again at the entry with the words “{missed[0]}”: what was fixed, and what could end it?")
    return right(
        "Fixed data and a target on one side, a fixed model and no end on the other; errors and labels in both."
    )


@exercise(
    wrong={
        "every error is the model's fault": "back_to = dict.fromkeys(back_to, 'modelling')",
        "go back where the alarm rang": "back_to = dict(zip(back_to, ['deployment', 'data', 'modelling', 'deployment', "
        "'deployment', 'deployment', 'deployment']))",
        "high error asks for more data": "back_to = dict(zip(back_to, ['scoping', 'data', 'data', 'deployment', "
        "'data', 'deployment', 'scoping']))",
        "missing examples are repaired in the model": "back_to = dict(zip(back_to, ['scoping', 'data', 'modelling', "
        "'deployment', 'modelling', 'deployment', 'scoping']))",
    }
)
def back_to(answers):
    """Seven incidents and the component to return to."""
    truth = {"ten euros": "scoping", "label the same": "data", "12 %": "modelling", "nine seconds": "deployment",
             "felt pens": "data", "Friday": "deployment", "by contract": "scoping"}  # fmt: skip
    said, strange = _sorted_answers(answers, truth, COMPONENTS)
    if strange:
        return wrong(f"Choose among {', '.join(COMPONENTS)} (got {strange!r}).")
    if said["ten euros"] != "scoping" or said["by contract"] != "scoping":
        return wrong("In two incidents the system does what was asked for. Who asked for it, and on which numbers?")
    if said["felt pens"] != "data" or said["label the same"] != "data":
        return wrong("A better model cannot know what was never shown, or what nobody agreed on.")
    if said["12 %"] != "modelling":
        return wrong("Equal errors on training and new forms, with sound labels: would more of the same examples help?")
    missed = [word for word in truth if said[word] != truth[word]]
    if missed:
        return wrong(f"Look again at the incident with the words “{missed[0]}”: what exactly must be changed?")
    return right("Symptoms show in deployment; the cause lies with whichever hand-over was wrong.")


@exercise(
    wrong={
        "a retrained score that fails is entanglement": "debts = dict(zip(debts, 'entanglement,correction cascade,"
        "fixed threshold,feedback loop,unneeded column,broken correlation'.split(',')))",
        "a late file is entanglement": "debts = dict(zip(debts, 'fixed threshold,correction cascade,unneeded column,"
        "feedback loop,entanglement,broken correlation'.split(',')))",
        "patches are feedback": "debts = dict(zip(debts, 'fixed threshold,feedback loop,entanglement,"
        "correction cascade,unneeded column,broken correlation'.split(',')))",
    }
)
def debts(answers):
    """Six incidents and the debt each is an instalment of."""
    truth = {"fraud score": "fixed threshold", "Sundays": "correction cascade", "postcode": "entanglement",
             "recommends": "feedback loop", "supplier": "unneeded column", "colour": "broken correlation"}  # fmt: skip
    said, strange = _sorted_answers(answers, truth, truth.values())
    if strange:
        return wrong(f"Choose among the six names of the exercise (got {strange!r}).")
    if said["fraud score"] != "fixed threshold":
        return wrong("The score still ranks the cases. What was not retrained with it?")
    if said["supplier"] != "unneeded column" or said["postcode"] != "entanglement":
        return wrong("Tell apart: a column whose loss moves all other weights, and one whose loss changes nothing.")
    if said["Sundays"] != "correction cascade" or said["recommends"] != "feedback loop":
        return wrong("Tell apart: a model that corrects another model, and one that makes its own training data.")
    if said != truth:
        return wrong("Each debt occurs once. Which incident is about a companion that stopped going along?")
    return right("In each a local change had a distant effect, which is what makes it debt.")


@exercise(
    wrong={
        "keeps the old number": "return 0.7",
        "counts from the wrong end": "return np.quantile(scores, share)",
        "takes the share for a score": "return 1 - share",
    }
)
def threshold_for(function):
    """The share of cases at or above the threshold, for scores on several scales."""
    rng = np.random.default_rng(5)
    for scores, share in ((rng.random(400), 0.35), (rng.normal(5, 2, 1000), 0.1), (rng.beta(2, 30, 700), 0.8)):
        threshold = float(function(scores.copy(), share))
        acted = np.mean(scores >= threshold)
        if abs(acted - share) <= 2 / len(scores):
            continue
        if math.isclose(threshold, 0.7):
            return wrong("That is the number set by hand, which is what failed.")
        if abs(acted - (1 - share)) <= 2 / len(scores):
            return wrong(f"{acted:.0%} of the cases reach it, {share:.0%} should: you counted from the other end.")
        if math.isclose(threshold, 1 - share):
            return wrong("Scores need not be spread evenly from 0 to 1, and after retraining least of all.")
        return wrong(f"{acted:.0%} of the cases reach this threshold; {share:.0%} were asked for.")
    return right("Derived from the scores, the threshold moves with every retraining, and the workload stays.")
