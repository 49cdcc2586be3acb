"""Where the claims of week 3, notebook 8, must fail."""

from functools import cache

from helpers import audit
from nulls import null

ROWS = 2000


@cache
def asked(question, fault=""):
    case = audit.Case(audit.make_table(ROWS, fault, seed=0), "paid", time="date", group="customer")
    return audit.ask_one(case, question)


@null("A planted leak: one column alone tells at least 95 % of the way from nothing to everything")
def _():
    return asked("leaks").value


@null("Customers that repeat: a random split surely promises at least three points of AUC too much")
def _():
    return asked("split").low


@null("A drift: the audit names a month at most one away from the planted one")
def _():
    return abs(int((asked("drift").facts["from"] or "2025-01")[-2:]) - 9)


@null("Flipped labels: at least 3 % of the labels contradict the model where it is surest")
def _():
    return asked("suspects").low


@null("A slice that fails: its error is surely one and a half times that of the rest")
def _():
    south = asked("slices").table.set_index(["column", "slice"]).loc[("region", "south")]
    return south["low"] / south["rest"]


@null("Useless data: the last doubling took away at most 5 % of the loss")
def _():
    return asked("curve").high


@null("A clean table raises none of the six alarms")
def _():
    return sum(asked(question, "leak").alarm for question in ("leaks", "split"))
