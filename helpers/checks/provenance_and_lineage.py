"""Checks of the exercises of week 3, notebook 6."""

import hashlib

import networkx as nx

from helpers import provenance_and_lineage as lineage
from helpers.course.exercises import as_list, by_key, drawn, exercise, guess, judge_sorting, pick, refuse, right, wrong

WORDS = {
    "models/all.json as it came out on Tuesday": "artifact",
    "the training of the imported model on Tuesday": "execution",
    "that training read features/japan.csv": "event",
    "Tuesday's run of the whole pipeline": "context",
    "the step 'report insurer' wrote reports/insurer.csv": "event",
    "models/all.json belongs to Tuesday's run": "attribution",
    "the training belongs to Tuesday's run": "association",
}
WAYS = {
    "a customer finds one forecast absurd and asks what went into it": "up",
    "the owner of a car withdraws its data: what have they entered?": "down",
    "a license turns out to forbid selling anything made with the European table": "down",
    "does the Datsun in the Japanese table really weigh what the table says?": "neither",
    "Tuesday's model is worse than Monday's: which of their inputs differ?": "up",
    "one step had a bug on Tuesday: whom do we have to warn?": "down",
}


@exercise(
    wrong={
        "a file name is an artifact, whatever it does": (
            "words = check.WORDS | {'that training read features/japan.csv': 'artifact'}"
        ),
        "a run is a run": "words = check.WORDS | {\"Tuesday's run of the whole pipeline\": 'execution'}",
        "swaps the two kinds of belonging": (
            "words = check.WORDS | {\"models/all.json belongs to Tuesday's run\": 'association', "
            "\"the training belongs to Tuesday's run\": 'attribution'}"
        ),
        "an event is a run of a step": (
            "words = check.WORDS | {'the training of the imported model on Tuesday': 'event'}"
        ),
        "belonging is an event": "words = check.WORDS | {\"the training belongs to Tuesday's run\": 'event'}",
        "a list": "words = list(check.WORDS.values())",
    },
    right_too={
        "another order, capitals, an article": (
            "words = {fact: f'An {word.title()}.' for fact, word in reversed(check.WORDS.items())}"
        ),
        "a Series": "words = pd.Series(check.WORDS)",
        "plurals": "words = {fact: word + 's' for fact, word in check.WORDS.items()}",
    },
)
def words(answer):
    """Seven facts are filed under the six words of ML Metadata."""
    return judge_sorting(
        answer,
        WORDS,
        hints={
            "artifact": "It is a file, a model or a report: you can open it.",
            "execution": "It is one step, run once.",
            "event": "Neither a file nor a step that ran, but the arrow between them in the graph.",
            "context": "It has members: many executions and artifacts at once.",
            "attribution": "A file belongs to a group. Which of the two words is about artifacts?",
            "association": "A step that ran belongs to a group. Which of the two words is about executions?",
        },
        praise="What was made, which step ran, the arrows between them, and their groups: that is the whole store.",
    )


@guess(0, 16, unit=" of 16 files")
def guess_files(answer):
    """A guess of how many made files change when one weight is repaired."""


def _version(content):
    return hashlib.sha256(content).hexdigest()


def note_of(name, inputs, output, before, after):
    """The note of one execution, from the content of files as it began and as it ended.

    Parameters
    ----------
    name : str
    inputs : sequence of str
        Files that the step declares to read.
    output : str
        The file that it declares to write.
    before, after : dict of str to bytes
        Contents by file name. `after` lacks the output of a step that failed.

    Returns
    -------
    dict
        ``type`` ("COMPLETE" or "FAIL"), ``job`` (the name), ``inputs`` and ``outputs``, each a dict from file name to
        version; a failed step has no outputs.

    Examples
    --------
    >>> note_of("train", ["rows.csv"], "model.json", {"rows.csv": b"1"}, {})["type"]
    'FAIL'
    """
    written = {output: _version(after[output])} if output in after else {}
    read = {file: _version(before[file]) for file in inputs}
    return {"type": "COMPLETE" if written else "FAIL", "job": name, "inputs": read, "outputs": written}


HASHED = "import hashlib\nsha = lambda content: hashlib.sha256(content).hexdigest()\n"


@exercise(
    wrong={
        "reads everything when it is over": (
            HASHED + "now = {**before, **after}\n"
            "return {'type': 'COMPLETE' if output in after else 'FAIL', 'job': name, "
            "'inputs': {n: sha(now[n]) for n in inputs}, 'outputs': {n: sha(after[n]) for n in [output] if n in after}}"
        ),
        "all is well": (
            HASHED + "return {'type': 'COMPLETE', 'job': name, 'inputs': {n: sha(before[n]) for n in inputs}, "
            "'outputs': {n: sha(c) for n, c in after.items() if n == output}}"
        ),
        "whatever lies there was read": (
            HASHED + "return {'type': 'COMPLETE' if output in after else 'FAIL', 'job': name, "
            "'inputs': {n: sha(c) for n, c in before.items()}, "
            "'outputs': {n: sha(c) for n, c in after.items() if n == output}}"
        ),
        "whatever lies there was written": (
            HASHED + "return {'type': 'COMPLETE' if output in after else 'FAIL', 'job': name, "
            "'inputs': {n: sha(before[n]) for n in inputs}, 'outputs': {n: sha(c) for n, c in after.items()}}"
        ),
        "a name is a version": (
            "return {'type': 'COMPLETE' if output in after else 'FAIL', 'job': name, "
            "'inputs': {n: n for n in inputs}, 'outputs': {n: n for n in [output] if n in after}}"
        ),
        "its size is its version": (
            "return {'type': 'COMPLETE' if output in after else 'FAIL', 'job': name, "
            "'inputs': {n: len(before[n]) for n in inputs}, "
            "'outputs': {n: len(after[n]) for n in [output] if n in after}}"
        ),
        "the same content again is a failure": (
            HASHED + "done = output in after and after[output] != before.get(output)\n"
            "return {'type': 'COMPLETE' if done else 'FAIL', 'job': name, "
            "'inputs': {n: sha(before[n]) for n in inputs}, "
            "'outputs': {output: sha(after[output])} if done else {}}"
        ),
        "a file of an earlier run will do": (
            HASHED + "now = {**before, **after}\n"
            "return {'type': 'COMPLETE' if output in now else 'FAIL', 'job': name, "
            "'inputs': {n: sha(before[n]) for n in inputs}, 'outputs': {n: sha(now[n]) for n in [output] if n in now}}"
        ),
        "a failed step is not told": (
            HASHED + "if output not in after:\n    return {}\n"
            "return {'type': 'COMPLETE', 'job': name, 'inputs': {n: sha(before[n]) for n in inputs}, "
            "'outputs': {output: sha(after[output])}}"
        ),
    },
    right_too={
        "another order, longer": (
            "import hashlib\nresult = {'outputs': {}, 'inputs': {}, 'job': name, 'type': 'fail'}\n"
            "for file in inputs:\n    result['inputs'][file] = hashlib.sha256(before[file]).hexdigest()\n"
            "if output in after:\n    result['type'] = 'complete'\n"
            "    result['outputs'][output] = hashlib.sha256(after[output]).hexdigest()\nreturn result"
        ),
    },
)
def note(function):
    """The function tells what a step read and wrote, with versions, also where it fails or writes over its input."""
    before = {"rows.csv": b"a,b", "more.csv": b"c,d", "old.csv": b"x"}
    cases = [
        ("train", ("rows.csv", "more.csv"), "model.json", before, {**before, "model.json": b"{}"}),
        ("sort", ("rows.csv",), "rows.csv", before, {**before, "rows.csv": b"b,a"}),
        ("train", ("rows.csv",), "model.json", before, before),
        ("clean", ("more.csv",), "old.csv", before, before),
        ("clean", ("more.csv",), "old.csv", before, {name: before[name] for name in ("rows.csv", "more.csv")}),
    ]
    for name, inputs, output, was, now in cases:
        told = by_key(function(name, inputs, output, dict(was), dict(now)), ["type", "job", "inputs", "outputs"])
        kind = "COMPLETE" if output in now else "FAIL"
        if pick(told["type"], ["COMPLETE", "FAIL"]) != kind:
            return wrong(
                "The output is not there at the end of one of these steps. Did it complete?"
                if kind == "FAIL"
                else "A step wrote its output, perhaps with the content that it had before. It did complete."
            )
        for side, files, content in (("inputs", inputs, was), ("outputs", [output] if kind == "COMPLETE" else [], now)):
            said = dict(told[side])
            if set(said) != set(files):
                return wrong(f"One of these notes names other {side} than the step has, or not all of them.")
            if {file: _version(content[file]) for file in files} == said:
                continue
            if side == "inputs" and output in inputs:
                return wrong("A step wrote over its own input. Which content did it read?")
            return wrong("A version is the SHA-256 of the file's content, as 64 hexadecimal digits.")
        if told["job"] != name:
            return wrong("The job is the step's name.")
    return right("Read at the start, written at the end, and a failure is a fact like any other.")


@exercise(
    wrong={
        "always down": "ways = dict.fromkeys(ways, 'down')",
        "up and down confused": (
            "turn = {'up': 'down', 'down': 'up', 'neither': 'neither'}\n"
            "ways = {question: turn[way] for question, way in check.WAYS.items()}"
        ),
        "lineage knows the truth": (
            "ways = check.WAYS | {'does the Datsun in the Japanese table really weigh what the table says?': 'up'}"
        ),
        "a bug is looked for upward": (
            "ways = check.WAYS | {'one step had a bug on Tuesday: whom do we have to warn?': 'up'}"
        ),
        "a license is in the past": (
            "ways = check.WAYS | {'a license turns out to forbid selling anything made with the European table': 'up'}"
        ),
        "lineage knows nothing of versions": (
            "ways = check.WAYS | {\"Tuesday's model is worse than Monday's: which of their inputs differ?\": 'neither'}"
        ),
    },
    right_too={
        "another order, capitals": "ways = {question: way.upper() for question, way in reversed(check.WAYS.items())}",
        "a Series": "ways = pd.Series(check.WAYS)",
    },
)
def ways(answer):
    """Six questions are answered by walking up, walking down, or not by lineage at all."""
    return judge_sorting(
        answer,
        WAYS,
        hints={
            "up": "The thing asked about is a result. Do you want what it came from, or what it became?",
            "down": "The thing asked about is a cause. Do you want what it came from, or what it became?",
            "neither": "The graph knows where a value came from. Does it know whether the value is true?",
        },
        praise="Up for causes, down for consequences. Whether a value is true, no graph can say.",
    )


@exercise(
    wrong={
        "all that Tuesday read": "trained_on = {name: 'Tuesday' for name in ('raw/europe.csv', 'raw/japan.csv')}",
        "what is named in the forecast counts": (
            "trained_on = {'raw/europe.csv': 'Monday', 'raw/japan.csv': 'Tuesday', 'raw/requests.csv': 'Monday'}"
        ),
        "only what is new": "trained_on = {'raw/japan.csv': 'Tuesday'}",
        "one step back only": "trained_on = {'features/europe.csv': 'Monday', 'features/japan.csv': 'Tuesday'}",
        "every raw file": (
            "trained_on = dict.fromkeys(['raw/europe.csv', 'raw/usa.csv', 'raw/requests.csv'], 'Monday') "
            "| {'raw/japan.csv': 'Tuesday'}"
        ),
        "the days change places": "trained_on = {'raw/europe.csv': 'Tuesday', 'raw/japan.csv': 'Monday'}",
        "all of it was there on Monday": "trained_on = {'raw/europe.csv': 'Monday', 'raw/japan.csv': 'Monday'}",
        "no days": "trained_on = ['raw/europe.csv', 'raw/japan.csv']",
    },
    right_too={
        "another order, small letters": "trained_on = {'raw/japan.csv': 'tuesday', 'raw/europe.csv': 'monday'}",
        "a Series": (
            "read = events[events['artifact'].isin(['raw/europe.csv', 'raw/japan.csv'])]\n"
            "last = read.groupby('artifact')['version'].last()\n"
            "old = [v in set(events.loc[events['context'] == 'Monday', 'version']) for v in last]\n"
            "trained_on = pd.Series(np.where(old, 'Monday', 'Tuesday'), index=last.index)"
        ),
    },
)
def trained_on(answer, events):
    """The raw files behind Tuesday's imported model, each with the day on which that version was first read."""
    last = events[events["context"] == events["context"].iloc[-1]]
    graph = lineage.lineage_graph(last)
    raw = {name for name in nx.ancestors(graph, "models/imported.json") if not graph.in_degree(name)}
    version = last.drop_duplicates("artifact").set_index("artifact")["version"]
    first = events.drop_duplicates(["artifact", "version"]).set_index(["artifact", "version"])["context"]
    truth = {name: first[name, version[name]] for name in raw}
    if not hasattr(answer, "items"):
        refuse("This answer must be a dict from the name of a file to the name of a day.")
    given = {str(name): pick(day, events["context"]) for name, day in answer.items()}
    if set(given) - set(events["artifact"]):
        return wrong("One of these names occurs in no event.")
    if any(name in graph and graph.in_degree(name) for name in given):
        return wrong("These are not raw files: walk up until nothing stands above.")
    if set(given) - raw:
        return wrong("One of these files entered something else. Did it enter the *training* of this model?")
    if set(given) != raw:
        return wrong("A file that did not change on Tuesday has trained Tuesday's model all the same.")
    if given != truth:
        return wrong("The files are right. A version is content: when did this very content enter for the first time?")
    return right("A version counts from when its content first came in, not from when the file was last copied.")


def _flow(steps):
    """Steps and the files between them as a graph; a step's node is a pair, and a file's its name."""
    graph = nx.DiGraph()
    for name, inputs, output in steps:
        graph.add_edges_from([*((file, ("step", name)) for file in inputs), (("step", name), output)])
    return graph


def plan_rebuild(steps, changed):
    """Names of the steps to run again after a file has changed, each after those whose outputs it reads.

    Examples
    --------
    >>> plan_rebuild([("last", ("A", "B"), "C"), ("first", ("A",), "B"), ("other", ("X",), "Y")], "A")
    ['first', 'last']
    """
    flow = _flow(steps)
    below = nx.descendants(flow, changed) if changed in flow else set()
    return [node[1] for node in nx.topological_sort(flow) if node in below and isinstance(node, tuple)]


def _fault(plan, steps, changed):
    """What is wrong with a plan ("repeats", "members", "order" or ""), and the names of the steps that it needs."""
    graph = _flow(steps)
    needed = {node[1] for node in nx.descendants(graph, changed) if isinstance(node, tuple)}
    if len(set(plan)) < len(plan):
        return "repeats", needed
    if set(plan) != needed:
        return "members", needed
    at, writer = {name: i for i, name in enumerate(plan)}, {output: name for name, _, output in steps}
    for name, inputs, _ in steps:
        if name in at and any(at.get(writer.get(i), -1) > at[name] for i in inputs):
            return "order", needed
    return "", needed


@exercise(
    wrong={
        "direct readers only": "return [name for name, inputs, output in steps if changed in inputs]",
        "everything again": "return [name for name, inputs, output in steps]",
        "in the order of the list": (
            "dirty, grown = {changed}, True\n"
            "while grown:\n"
            "    more = {o for n, i, o in steps if dirty & set(i)} - dirty\n"
            "    dirty, grown = dirty | more, bool(more)\n"
            "return [n for n, i, o in steps if dirty & set(i)]"
        ),
        "one pass through the list": (
            "dirty, plan = {changed}, []\n"
            "for name, inputs, output in steps:\n"
            "    if dirty & set(inputs):\n"
            "        dirty.add(output)\n"
            "        plan.append(name)\n"
            "return plan"
        ),
        "in waves from the change": (
            "dirty, plan = {changed}, []\n"
            "while True:\n"
            "    wave = [s for s in steps if s[0] not in plan and dirty & set(s[1])]\n"
            "    if not wave:\n"
            "        return plan\n"
            "    plan += [name for name, _, _ in wave]\n"
            "    dirty |= {output for _, _, output in wave}"
        ),
        "breadth first through a graph": (
            "flow = nx.DiGraph()\n"
            "for name, inputs, output in steps:\n"
            "    flow.add_edges_from([*((i, ('step', name)) for i in inputs), (('step', name), output)])\n"
            "if changed not in flow:\n    return []\n"
            "return [node[1] for _, node in nx.bfs_edges(flow, changed) if isinstance(node, tuple)]"
        ),
        "depth first": (
            "plan = []\n"
            "def follow(file):\n"
            "    for name, inputs, output in steps:\n"
            "        if file in inputs and name not in plan:\n"
            "            plan.append(name)\n"
            "            follow(output)\n"
            "follow(changed)\nreturn plan"
        ),
        "again each time an input changes": (
            "plan, files = [], [changed]\n"
            "while files:\n"
            "    file = files.pop(0)\n"
            "    for name, inputs, output in steps:\n"
            "        if file in inputs:\n"
            "            plan.append(name)\n"
            "            files.append(output)\n"
            "return plan"
        ),
        "waits for every input, also for those that stay": (
            "done, plan = {changed}, []\n"
            "while True:\n"
            "    ready = [s for s in steps if s[0] not in plan and set(s[1]) <= done]\n"
            "    if not ready:\n"
            "        return plan\n"
            "    plan += [name for name, _, _ in ready]\n"
            "    done |= {output for _, _, output in ready}"
        ),
        "the files, not the steps": (
            "flow = nx.DiGraph([(i, o) for n, inputs, o in steps for i in inputs])\n"
            "return [f for f in nx.topological_sort(flow) if f in nx.descendants(flow, changed)]"
        ),
    },
    right_too={
        "ready when no due step still writes an input": (
            "due, grown = {changed}, True\n"
            "while grown:\n"
            "    more = {o for n, i, o in steps if due & set(i)} - due\n"
            "    due, grown = due | more, bool(more)\n"
            "left, plan = [s for s in steps if due & set(s[1])], []\n"
            "while left:\n"
            "    step = next(s for s in left if not set(s[1]) & {o for n, i, o in left})\n"
            "    left.remove(step)\n    plan.append(step[0])\n"
            "return tuple(plan)"
        ),
        "depth first, turned round": (
            "plan = []\n"
            "def follow(file):\n"
            "    for name, inputs, output in steps:\n"
            "        if file in inputs and name not in plan:\n"
            "            follow(output)\n"
            "            plan.append(name)\n"
            "follow(changed)\nreturn plan[::-1]"
        ),
        "once more for each longer way, the last counts": (
            "plan, files = [], [changed]\n"
            "while files:\n"
            "    wave = [s for s in steps if set(files) & set(s[1])]\n"
            "    files = [output for _, _, output in wave]\n"
            "    plan = [n for n in plan if n not in {s[0] for s in wave}] + [s[0] for s in wave]\n"
            "return np.array(plan)"
        ),
    },
)
def rebuild_plan(function):
    """The plan is tried on the notebook's steps and on small graphs, one with a short and a long way to one file."""
    real = [(step.name, step.inputs, step.output) for step in lineage.pipeline_steps()]
    small = [("d", ("B", "C"), "D"), ("c", ("A",), "C"), ("b", ("A", "X"), "B"), ("x", ("Y",), "X"), ("e", ("D",), "E")]
    detour = [("join", ("A", "C"), "D"), ("b", ("A",), "B"), ("c", ("B",), "C"), ("last", ("D", "A"), "E")]
    files = ("raw/japan.csv", "raw/requests.csv", "features/usa.csv")
    cases = [(order, name) for order in (real, real[::-1], real[5:] + real[:5]) for name in files]
    rng = drawn(6)
    chance = [
        (f"s{i}", tuple(f"F{j}" for j in range(i + 1) if j == i or rng.random() < 0.4), f"F{i + 1}") for i in range(6)
    ]
    chance = [chance[i] for i in rng.permutation(6)]
    for steps, changed in [
        *cases,
        (small, "A"),
        (small, "Y"),
        (small, "D"),
        (detour, "A"),
        (detour[::-1], "A"),
        (detour, "E"),
        (chance, "F0"),
        (chance, "F2"),
    ]:
        plan = [str(name) for name in as_list(function([*steps], changed))]
        fault, needed = _fault(plan, steps, changed)
        if fault == "repeats":
            return wrong(f"After a change of {changed!r}, a step is planned twice. Each runs once, after all it reads.")
        if fault == "order":
            return wrong(f"After a change of {changed!r}, a step runs before one whose output it reads.")
        if fault and set(plan) >= needed:
            return wrong(f"After a change of {changed!r}, some of these steps would compute what they computed before.")
        if fault:
            return wrong(f"After a change of {changed!r}, a file that follows from it stays as it was.")
    return right("All that follows, nothing else, causes before consequences: so do make and every scheduler.")


def out_of_date(stamp, now):
    """Files that a stamped result used, and that have changed or are gone."""
    return [name for name, checksum in stamp.items() if now.get(name) != checksum]


@exercise(
    wrong={
        "only what is still there": "return [name for name in stamp if name in now and now[name] != stamp[name]]",
        "new files count too": "return [name for name in sorted({*stamp, *now}) if stamp.get(name) != now.get(name)]",
        "what is unchanged": "return [name for name in stamp if now.get(name) == stamp[name]]",
        "how many": "return sum(now.get(name) != checksum for name, checksum in stamp.items())",
        "yes or no": "return stamp != now",
        "a checksum that occurs anywhere": "return [name for name, c in stamp.items() if c not in now.values()]",
        "the first is enough": "return [name for name in stamp if now.get(name) != stamp[name]][:1]",
    },
    right_too={
        "a set": "return {name for name in stamp if name not in now or now[name] != stamp[name]}",
        "pairs": "return sorted(name for name, _ in set(stamp.items()) - set(now.items()))",
        "a Series": (
            "old = pd.Series(stamp)\nreturn old.index[old != pd.Series(now, dtype=object).reindex(old.index)]"
        ),
    },
)
def stale(function):
    """Changed, vanished and added inputs, in several mixtures."""
    stamp = {"cars.csv": "a1", "digits.csv": "b2", "helpers/drift.py": "c3"}

    def named(now):
        return sorted(as_list(function(dict(stamp), dict(now))))

    if named(stamp) != []:
        return wrong("Nothing has changed here, so nothing is stale. Return an empty list.")
    if named({**stamp, "cars.csv": "zz"}) != ["cars.csv"]:
        return wrong("One checksum differs, and it is the one to name.")
    if named({"cars.csv": "a1", "helpers/drift.py": "c3"}) != ["digits.csv"]:
        return wrong("An input that is gone cannot give the same result again.")
    if named({**stamp, "new.csv": "d4"}) != []:
        return wrong("A file that the run never read cannot change its result.")
    if named({**stamp, "cars.csv": "b2", "digits.csv": "a1"}) != ["cars.csv", "digits.csv"]:
        return wrong("Two files have changed places. Compare each with its own checksum.")
    if named({"cars.csv": "q", "new.csv": "d4"}) != sorted(stamp):
        return wrong("Several inputs at once are not all named.")
    return right("A result is as fresh as every input that its stamp names, and no others.")
