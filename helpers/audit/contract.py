"""A data contract for the next delivery, written as a small Python file that needs pandera only."""

import numpy as np
import pandas as pd

from helpers.audit.columns import as_date, as_number, counts_up, date_form
from helpers.audit.finding import Finding, cannot, share_interval

MOST_COLUMNS = 200
SLACK = 2.0  # of the range of a number, on either side: amounts have long tails
HEADER = '''"""The contract of a delivery: what each column must be, as `workbook audit` found it. Edit it freely.

    errors = check(table)      # a list of reasons, empty where the table keeps the contract
"""

import pandera.pandas as pa

COLUMNS = {columns}
KINDS = {{"numbers": "f", "dates": "M", "words": "O"}}


def schema():
    return pa.DataFrameSchema(
        {{name: pa.Column(None, list(checks(rule)), nullable=True) for name, rule in COLUMNS.items()}},
        unique_column_names=True,
    )


def checks(rule):
    kind, most, low, high, known = (rule.get(key) for key in ("kind", "most_gaps", "low", "high", "values"))
    few = f"more gaps than {{most:.1%}}"
    yield pa.Check(lambda v: v.isna().sum() <= 1 + most * len(v), ignore_na=False, error=few)
    if kind:
        form = f" in the form {{rule['form']}}" if rule.get("form") else ""
        yield pa.Check(lambda v: v.dtype.kind == KINDS[kind] or not len(v), error=f"these are not {{kind}}{{form}}")
    if low is not None:
        inside = f"outside {{low:g}} to {{high:g}}"
        yield pa.Check(lambda v: v.dtype.kind != "f" or v.between(low, high).all(), error=inside)
    if known:
        yield pa.Check(lambda v: (~v.isin(known)).sum() <= 1 + 0.02 * len(v), error="values not seen before")
    if rule.get("unique"):
        yield pa.Check(lambda v: not v.duplicated().any(), error="values repeat")


def check(table):
    try:
        schema().validate(table, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases.drop_duplicates(["column", "check"])
        missing = {{"column_in_dataframe": "the column is missing"}}
        told = [(row.column or row.failure_case, missing.get(row.check, row.check)) for row in cases.itertuples()]
        return [f"{{name}}: {{reason}}" for name, reason in told]
    return []
'''


def _ends_at_zero(numbers):
    """Whether numbers that are not negative look as if they could not be: they count something, or lean to one side."""
    low, middle, high = numbers.min(), numbers.median(), numbers.max()
    return bool((numbers % 1 == 0).all() or high - middle > 2 * (middle - low))


def rules(table):
    """What each column of a good table is: its type, its range or values, and how many gaps it may have."""
    return {name: _rule(table[name]) for name in list(table.columns)[:MOST_COLUMNS]}


def _rule(values):
    if values.isna().all():
        return {"kind": None, "most_gaps": 1.0}
    numbers, form = as_number(values), date_form(values)
    if numbers is not None:
        return {"kind": "numbers", **_gaps(numbers), **({"unique": True} if counts_up(numbers) else _range(numbers))}
    if form or pd.api.types.is_datetime64_any_dtype(values):
        return {"kind": "dates", **_gaps(values), "form": form}
    text = values.dropna().astype(str).str.strip()
    few = text.nunique() <= 30 and len(text) >= 5 * text.nunique()
    return {"kind": "words", **_gaps(values), **({"values": sorted(text.unique())} if few else {})}


def _gaps(values):
    share = values.isna().mean()
    return {"most_gaps": round(float(min(1.0, share + 4 * np.sqrt((share + 0.01) / len(values)) + 0.02)), 3)}


def _range(numbers):
    low, high = float(numbers.min()), float(numbers.max())
    slack = SLACK * ((high - low) or abs(high) or 1.0)
    return {"low": 0.0 if low >= 0 and _ends_at_zero(numbers.dropna()) else low - slack, "high": high + slack}


def as_contract(table, made):
    """A delivery in the form that the contract speaks of: numbers and dates read as the audit reads them."""
    return table.assign(**{name: _in_form(table[name], rule) for name, rule in made.items() if name in table.columns})


def _in_form(values, rule):
    """A column as its rule wants it, or as it is where that cannot be."""
    if rule["kind"] == "numbers":
        numbers = as_number(values)
        return values if numbers is None else numbers
    if rule["kind"] == "dates":
        dates = as_date(values, form=rule["form"])
        return values if dates is None else dates
    if rule["kind"] == "words" and not (pd.api.types.is_numeric_dtype(values) and values.notna().any()):
        return values.astype("str").str.strip()
    return values


def source(made):
    """The text of contract.py."""
    rows = "".join(f"    {name!r}: {rule!r},\n" for name, rule in made.items())
    return HEADER.format(columns="{\n" + rows + "}")


def check(table, made, *, namespace=None):
    """Reasons to refuse a delivery by its contract; an empty list where it keeps it."""
    names = namespace or load(source(made))
    return names["check"](as_contract(table, made))


def load(text):
    """The names that a contract's text defines."""
    names = {}
    exec(compile(text, "contract.py", "exec"), names)
    return names


def breakages(table, made, rng):
    """Ten planted breakages of these columns, by name, as far as the columns allow."""
    every, full = list(made), [n for n, rule in made.items() if rule["most_gaps"] < 0.5]
    numbers = [n for n, rule in made.items() if "low" in rule]
    positive = [n for n in numbers if made[n]["low"] >= 0 and made[n]["high"] > 0]
    words = [n for n, rule in made.items() if "values" in rule]
    dates = [n for n, rule in made.items() if rule["kind"] == "dates"]
    planned = [
        ("column gone", every, lambda t, n: t.drop(columns=n)),
        ("column renamed", every, lambda t, n: t.rename(columns={n: n + "_new"})),
        ("emptied", full, lambda t, n: t.assign(**{n: None})),
        ("gaps in two thirds", full, lambda t, n: t.assign(**{n: t[n].where(rng.random(len(t)) < 1 / 3)})),
        ("other unit", numbers, lambda t, n: t.assign(**{n: t[n] * 1000})),
        ("sign turned", positive, lambda t, n: t.assign(**{n: -t[n].abs() - 1})),
        ("sentinel", numbers, lambda t, n: t.assign(**{n: t[n].where(rng.random(len(t)) > 0.1, -999_999.0)})),
        ("words for numbers", numbers, lambda t, n: t.assign(**{n: "unknown"})),
        ("other spelling", words, lambda t, n: t.assign(**{n: t[n].astype(str) + " (new)"})),
        ("words for dates", dates, lambda t, n: t.assign(**{n: "soon"})),
        ("numbers for words", words, lambda t, n: t.assign(**{n: 1.0})),
    ]
    broken = {}
    for what, names, change in planned:
        if names and len(broken) < 10:
            name = names[int(rng.integers(len(names)))]
            broken[f"{what}: {name}"] = change(table, name)
    return broken


def contract(case):
    """Write the contract from half of the rows, and try it on the other half, whole and broken in ten ways."""
    question = "Which contract must the next delivery keep?"
    raw = case.raw
    if len(raw) < 60:
        return cannot(question, "half of the rows is too little to write a contract from")
    rng = np.random.default_rng([case.seed, 6])
    order = rng.permutation(len(raw))[:10_000]
    good, held = (raw.iloc[np.sort(part)] for part in np.array_split(order, 2))
    made = rules(good)
    names, held = load(source(made)), as_contract(held, made)
    held_errors = check(held, made, namespace=names)
    broken = breakages(held, made, rng)
    caught = {what: bool(set(check(table, made, namespace=names)) - set(held_errors)) for what, table in broken.items()}
    table = pd.DataFrame({"breakage": list(caught), "caught": ["yes" if c else "no" for c in caught.values()]})
    sentence = (
        f"A contract of {len(made)} columns {'refuses' if held_errors else 'accepts'} good rows that it has not seen, "
    )
    sentence += f"and catches {sum(caught.values())} of {len(caught)} planted breakages."
    advice = (
        f"Loosen the rule for {held_errors[0]} in contract.py."
        if held_errors
        else ("Keep contract.py beside the pipeline, and let it stop a delivery before a model sees it.")
    )
    low, high = share_interval(sum(caught.values()), len(caught))
    share = sum(caught.values()) / max(len(caught), 1)
    facts = {"rules": rules(raw), "refuses_good": held_errors, "caught": caught}
    return Finding(
        question,
        sentence,
        advice,
        "share of planted breakages that are caught",
        share,
        low,
        high,
        bool(held_errors),
        table,
        facts=facts,
    )
