"""The audit of any table: odd ones end in a page or a sentence, planted faults are found, clean ones are let pass."""

import json
import shutil
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from audit_rates import case as shop
from audit_rates import false_alarms, found

from helpers import audit
from helpers.audit import reading, scores
from helpers.audit.columns import as_date, as_number, kind_of, tidy
from helpers.audit.contract import check, rules
from helpers.audit.curve import _held_out
from helpers.audit.drift import _break
from helpers.audit.finding import cannot, share_interval
from helpers.audit.monitor import alarms, limits
from helpers.audit.report import page, record_of
from helpers.audit.slices import slices
from helpers.course.cli import main

FACTS = {"file": "odd.csv", "rows": 0, "sha256": "", "read_as": ""}


def base(n=150, seed=0):
    rng = np.random.default_rng(seed)
    x, kind = rng.normal(size=n), rng.choice(["a", "b", "c"], n)
    y = np.where(x + (kind == "a") + 0.5 * rng.normal(size=n) > 0.3, "yes", "no")
    return pd.DataFrame({"x": x.round(3), "kind": kind, "z": rng.normal(size=n).round(3), "y": y})


def with_dates(form):
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(150) * 2, unit="D")
    return base().assign(when=days.strftime(form))


def wide(n=60, columns=2000):
    rng = np.random.default_rng(1)
    values = rng.normal(size=(n, columns)).round(2)
    return pd.DataFrame(values, columns=[f"c{i}" for i in range(columns)]).assign(y=values[:, 3] > 0)


NUMBER = base().assign(y=lambda t: (2 * t["x"] + t["z"]).round(3))
TABLES = {
    "plain": (base(), {}),
    "regression": (NUMBER, {}),
    "many classes": (base().assign(y=[f"k{i % 25}" for i in range(150)]), {}),
    "rare class": (base().assign(y=["rare"] * 2 + ["a", "b"] * 74), {}),
    "whole numbers as classes": (base().assign(y=lambda t: (t["x"] > 0) + 1 * (t["z"] > 0)), {}),
    "true and false": (base().assign(y=lambda t: t["x"] > 0), {}),
    "ISO dates": (with_dates("%Y-%m-%d"), {"time": "when"}),
    "German dates": (with_dates("%d.%m.%Y"), {"time": "when"}),
    "American dates": (with_dates("%m/%d/%Y"), {"time": "when"}),
    "dates as numbers": (with_dates("%Y%m%d"), {"time": "when"}),
    "named months": (with_dates("%d %B %Y"), {"time": "when"}),
    "time as a count": (base().assign(when=range(150)), {"time": "when"}),
    "time with gaps": (
        with_dates("%Y-%m-%d").assign(when=lambda t: t["when"].where(t.index % 3 > 0)),
        {"time": "when"},
    ),
    "a group": (base().assign(who=[f"g{i // 5}" for i in range(150)]), {"group": "who"}),
    "one group": (base().assign(who="g"), {"group": "who"}),
    "predictions": (base().assign(score=lambda t: t["x"].rank(pct=True)), {"predictions": "score"}),
    "high cardinality": (base().assign(text=[f"order {i} of client {i % 90}" for i in range(150)]), {}),
    "mixed types": (base().assign(m=[1, "two", None, 3.5, "x"] * 30), {}),
    "90 % gaps": (base().assign(x=lambda t: t["x"].where(t.index % 10 == 0)), {}),
    "an empty column": (base().assign(e=np.nan, c="same"), {}),
    "20 rows": (base(24).assign(y=["a", "b"] * 12).head(20), {}),
    "2,000 columns": (wide(), {}),
    "duplicated names": (base().set_axis(["x", "x", "x", "y"], axis=1), {}),
    "spaces and umlauts": (base().rename(columns={"x": "Größe in cm", "z": " $a_b$ <i>&"}), {}),
    "target with gaps": (base().assign(y=lambda t: t["y"].where(t.index % 4 > 0)), {}),
    "duplicated rows": (pd.concat([base(60)] * 3, ignore_index=True), {}),
    "infinite numbers": (base().assign(z=lambda t: t["z"].where(t.index % 7 > 0, np.inf)), {}),
    "huge numbers": (base().assign(z=lambda t: t["z"] * 1e300), {}),
    "target is a copy": (base().assign(copy=lambda t: t["y"]), {}),
    "lists": (base().assign(z=[[1, 2]] * 75 + [[3]] * 75), {}),
    "categorical": (base().assign(kind=lambda t: t["kind"].astype("category")), {}),
    "a column named index": (base().assign(index=range(150)), {}),
    "rows by name": (base().set_index(pd.Index([f"r{i % 140}" for i in range(150)])), {}),
    "date that is not named": (with_dates("%Y-%m-%d"), {}),
    "time and group": (
        with_dates("%Y-%m-%d").assign(who=[f"g{i // 5}" for i in range(150)]),
        {"time": "when", "group": "who"},
    ),
    "group with gaps": (base().assign(who=[f"g{i // 5}" if i % 3 else None for i in range(150)]), {"group": "who"}),
    "200 classes": (base(1000).assign(y=[f"k{i % 200}" for i in range(1000)]), {}),
    "heavy tails": (base().assign(y=lambda t: np.exp(5 * t["x"])), {}),
    "free text": (base().assign(t=[f"The {i}th client, {'who paid' if i % 2 else 'late'}" for i in range(150)]), {}),
    "true, false and gaps": (base().assign(b=[True, False, None] * 50), {}),
}


@pytest.mark.parametrize("name", TABLES)
def test_an_odd_table_ends_in_a_page(name):
    table, named = TABLES[name]
    before = table.copy(deep=True)
    case = audit.Case(table, "y", **named)
    findings = audit.ask(case)
    text = page(findings, record_of(case, findings, FACTS | {"rows": len(table)}))
    pd.testing.assert_frame_equal(table, before)
    assert text.count("<h2>") == len(audit.QUESTIONS) + 2
    assert "<script" not in text and "<i>" not in text and "nan" not in text.replace("nan-", "").lower().split()
    broken = [finding.sentence for finding in findings.values() if "the computation ended" in finding.sentence]
    assert broken == []


REFUSED = {
    "constant target": (base().assign(y="a"), {}, "the same in every row"),
    "target of names": (base().assign(y=[f"n{i}" for i in range(150)]), {}, "too many to learn"),
    "ten rows": (base(10), {}, "an audit needs at least 20"),
    "no such target": (base().rename(columns={"y": "why"}), {}, "no column 'y' for the target"),
    "no such time": (base(), {"time": "when"}, "no column 'when' for the time"),
    "time of words": (base(), {"time": "kind"}, "neither dates nor numbers"),
    "twice the same": (base(), {"group": "y"}, "must be different columns"),
    "nothing to learn from": (base()[["y"]].assign(c=1, row=range(150)), {}, "no column is left"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_table_that_cannot_be_audited_is_refused_in_a_sentence(name):
    table, named, reason = REFUSED[name]
    with pytest.raises(audit.AuditError, match=reason) as caught:
        audit.Case(table, "y", **named)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [{"sep": ";", "decimal": ","}, {"sep": "\t"}, {"sep": "|"}, {"encoding": "latin-1"}, {"encoding": "utf-16"}],
    ids=str,
)
def test_csv_is_read_whatever_its_dialect(tmp_path, options):
    table = base().assign(kind=lambda t: "ä" + t["kind"])
    table.to_csv(tmp_path / "t.csv", index=False, **options)
    read, facts = audit.read_table(tmp_path / "t.csv")
    assert list(read.columns) == list(table.columns) and facts["rows"] == 150
    assert read["kind"].tolist() == table["kind"].tolist()
    assert np.allclose(as_number(read["x"]), table["x"])


def test_parquet_is_read_and_large_files_are_sampled_with_the_seed(tmp_path):
    base(500).to_parquet(tmp_path / "t.parquet")
    read, facts = audit.read_table(tmp_path / "t.parquet", most_rows=100, seed=3)
    again, _ = audit.read_table(tmp_path / "t.parquet", most_rows=100, seed=3)
    assert (len(read), facts["rows"]) == (100, 500)
    pd.testing.assert_frame_equal(read, again)
    places = read.merge(base(500).reset_index())["index"]
    assert len(places) == 100 and places.is_monotonic_increasing, "rows of the file, in its order"
    other, _ = audit.read_table(tmp_path / "t.parquet", most_rows=100, seed=4)
    assert not other.equals(read)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_large_file_is_read_in_pieces_as_it_is_whole_in_bounded_memory(tmp_path, monkeypatch, suffix):
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(60_000, 10)), columns=list("abcdefghij"))
    path = tmp_path / f"t.{suffix}"
    (table.to_csv if suffix == "csv" else table.to_parquet)(path, index=False)
    sampled, peaks = [], []
    for cells in (20_000, 10_000_000):
        monkeypatch.setattr(reading, "CELLS", cells)
        tracemalloc.start()
        sampled.append(audit.read_table(path, most_rows=500, seed=3)[0])
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    pd.testing.assert_frame_equal(*sampled)
    assert np.allclose(sampled[0], table.loc[sampled[0].index])
    if suffix == "parquet":  # what reads CSV takes memory that Python cannot count
        assert peaks[0] < peaks[1] / 4


def test_rows_keep_their_number_in_the_file_and_a_count_of_them_is_no_column(tmp_path):
    base(3000).assign(number=range(3000)).to_csv(tmp_path / "t.csv", index=False)
    case = audit.Case(audit.read_table(tmp_path / "t.csv", most_rows=300)[0], "y", most_rows=250)
    assert case.kinds["number"] == "identity" and len(case) == 250
    listed = audit.ask_one(case, "suspects").facts["all"]["row in the file"]
    assert listed.max() > 300 and set(listed - 1) <= set(case.raw["number"])


def test_lines_with_too_many_fields_are_counted(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n" + "1,2\n" * 100 + "1,2,3\n" * 2)
    table, facts = audit.read_table(tmp_path / "t.csv")
    assert len(table) == 100 and facts["read_as"].endswith("2 lines with too many fields left out")
    (tmp_path / "t.csv").write_text("report,of May\nthe first,month\n" + "1,2,3\n" * 20)
    with pytest.raises(audit.AuditError, match="20 lines have more fields than the first"):
        audit.read_table(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\x00\x01\x02" * 50, "neither text nor"),
        (b"a,b\n", "no rows"),
        (b"hello\nworld\n", "no table"),
    ],
)
def test_what_is_no_table_is_named(tmp_path, content, reason):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(audit.AuditError, match=reason):
        audit.read_table(tmp_path / "t.csv")


def test_columns_are_what_they_look_like():
    kinds = {
        "number": [
            pd.Series(["1,5", "2,25", "3,1"] * 9),
            pd.Series(["1.200,50 €"] * 9 + ["7,00 €"] * 9),
            pd.Series([1, 2.5] * 9),
        ],
        "category": [pd.Series(["a", "b"] * 20)],
        "date": [pd.Series(["01.02.2024", "13.02.2024"] * 20)],
        "identity": [pd.Series(range(100)), pd.Series([f"id{i}" for i in range(100)])],
        "constant": [pd.Series(["a"] * 9)],
    }
    for kind, columns in kinds.items():
        for values in columns:
            assert kind_of(values)[0] == kind, values[0]
    assert as_number(pd.Series(["1.200,50 €"] * 3)).tolist() == [1200.5] * 3
    assert as_date(pd.Series(["13.02.2024"] * 3))[0] == pd.Timestamp("2024-02-13")
    assert list(tidy(pd.DataFrame([[1, 2]], columns=["a", "a"])).columns) == ["a", "a (2)"]


@pytest.mark.parametrize(
    ("texts", "number"),
    [
        (["1,234", "12,500", "950"], 1234),
        (["0,123", "1,234"], 0.123),
        (["1.234,5", "7,0"], 1234.5),
        (["12 %", "7 %"], 12),
        (["$1,200.50", "$3.00"], 1200.5),
        (["True", "false"], 1),
    ],
    ids=str,
)
def test_numbers_are_read_as_people_write_them(texts, number):
    assert as_number(pd.Series(texts * 5))[0] == number


@pytest.mark.parametrize(
    "form",
    ["%m/%d/%y", "%d/%m/%Y %H:%M", "%b %d, %Y", "%d-%b-%y", "%m/%d/%Y %I:%M %p", "%Y.%m.%d", "%d %B %Y %H:%M:%S"],
)
def test_dates_are_read_as_people_write_them(form):
    days = pd.Series(pd.date_range("2024-01-05", periods=60, freq="3D"))
    assert (as_date(days.dt.strftime(form)) == days).all()


def test_words_with_digits_are_no_dates():
    assert as_date(pd.Series(["kind 1", "kind 2", "12-b"] * 9)) is None


def test_mixed_values_are_text_and_rows_get_numbers():
    table = tidy(pd.DataFrame({"m": [1.0, "1", [2]]}, index=["a", "a", "b"], dtype=object))
    assert table["m"].tolist() == ["1", "1", "[2]"] and list(table.index) == [0, 1, 2]


def test_time_and_group_together_show_both_splits():
    finding = audit.ask_one(shop("group", 0), "split")
    assert list(finding.table["split"]) == ["by group", "by time, the last quarter held out"]
    assert "The split by time gives" in finding.sentence


def test_dates_that_are_not_named_are_asked_about():
    case = audit.Case(with_dates("%d.%m.%Y"), "y")
    assert "(is it 'when'?)" in audit.ask_one(case, "split").sentence
    assert "(is it 'when'?)" in audit.ask_one(case, "drift").sentence


def test_what_only_a_linear_model_learns_is_learned():
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(32, 3)), columns=["a", "b", "c"])
    finding = audit.ask_one(audit.Case(table.assign(y=table.sum(axis=1)), "y"), "baselines")
    assert not finding.alarm and "linear model" in finding.advice


def test_a_split_by_time_that_costs_much_raises_an_alarm():
    days, noise = np.arange(400), np.random.default_rng(0).normal(size=400)
    table = pd.DataFrame({"day": days, "height": days + noise, "y": 0.5 * days + noise})
    finding = audit.ask_one(audit.Case(table, "y", time="day"), "split")
    assert finding.alarm and finding.advice.startswith("Split by time")


def test_a_target_with_heavy_tails_is_noted():
    heavy = audit.Case(base().assign(y=lambda t: np.exp(5 * t["x"])), "y")
    assert any("of the target's variance" in note for note in heavy.notes)
    assert audit.Case(NUMBER, "y").notes == []


def test_a_yes_or_no_is_a_slice_that_may_raise_an_alarm():
    table = audit.make_table(1000, seed=4)
    coin = np.random.default_rng(4).random(1000) < 0.5
    table["online"] = (np.arange(1000) % 4 == 0).astype(int)
    table["paid"] = np.where(table["online"] == 1, np.where(coin, "yes", "no"), table["paid"])
    finding = audit.ask_one(audit.Case(table, "paid"), "slices")
    assert finding.alarm and finding.facts["worst"] == ["online", "1"]


@pytest.mark.parametrize("fault", audit.FAULTS)
def test_each_planted_fault_is_found(fault):
    assert [found(fault, seed) for seed in (0, 1)] == [True, True]


def test_clean_tables_raise_hardly_an_alarm():
    assert sum(len(false_alarms(seed)) for seed in (0, 2)) == 0


def test_an_unknown_fault_is_named():
    with pytest.raises(ValueError, match=r"'fault' must be made of leak, .* \(got 'x'\)"):
        audit.make_table(500, "x")


@pytest.mark.parametrize("name", ["breast_cancer", "wine", "diabetes"])
def test_bundled_tables_end_in_findings(name):
    from helpers.datasets import load_table

    X, y = load_table(name)
    findings = audit.ask(audit.Case(X.assign(target=y), "target"))
    assert not findings["baselines"].alarm
    assert not any("the computation ended" in finding.sentence for finding in findings.values())


def test_a_contract_accepts_good_rows_and_names_what_is_broken():
    table = audit.make_table(2000)
    made = rules(table)
    assert check(audit.make_table(2000, seed=9), made) == []
    assert check(table.drop(columns="region"), made) == ["region: the column is missing"]
    [reason] = check(table.assign(amount_eur=-5.0), made)
    assert reason.startswith("amount_eur: outside 0 to ")
    for rows, errors in ((41, []), (42, ["region: values not seen before"])):  # of 2,000: one, and one in fifty
        assert check(table.assign(region=table["region"].where(table.index >= rows, "moon")), made) == errors


def test_a_column_that_numbers_the_rows_must_go_on_doing_so():
    table = audit.make_table(500).assign(order=range(500))
    made = rules(table)
    assert check(table.assign(order=range(1, 501)), made) == []
    assert check(table.assign(order=[0, *range(499)]), made) == ["order: values repeat"]


def test_a_monitor_keeps_its_rate_and_sees_a_shift():
    kept = limits(audit.make_table(2000), skip=["date", "customer"])
    false = [bool(alarms(audit.make_table(1000, seed=seed), kept, rate=0.05)) for seed in range(1, 41)]
    assert sum(false) <= 6  # 2 expected
    moved = audit.make_table(1000, seed=50).assign(discount=lambda t: t["discount"] + 0.02)
    assert [name for name, _ in alarms(moved, kept)] == ["discount"]


def test_the_folder_is_whole_and_another_folder_is_left_alone(tmp_path):
    case = shop("", 0)
    findings = {name: audit.ask_one(case, name) for name in audit.QUESTIONS}
    facts = {"file": "t.csv", "rows": 2000, "sha256": "", "read_as": "CSV"}
    for _ in range(2):
        audit.write(tmp_path / "audit", case, findings, facts)
    names = {path.name for path in (tmp_path / "audit").iterdir()}
    assert names == {"report.html", "contract.py", "suspects.csv", "slices.csv", "monitor.json", "record.json"}
    assert [path.name for path in tmp_path.iterdir()] == ["audit"]
    assert json.loads((tmp_path / "audit/record.json").read_text())["target"] == "paid"
    report = (tmp_path / "audit/report.html").read_text()
    assert report.count("<img") == report.count('<img alt="Figure') >= 6
    assert report.count("<table") == report.count("<caption>")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    with pytest.raises(audit.AuditError, match="is no audit"):
        audit.write(tmp_path / "mine", case, findings, facts)
    for seed, spoil, code in ((7, lambda t: t, 0), (8, lambda t: t.assign(amount_eur=t["amount_eur"] * 1000), 1)):
        spoil(audit.make_table(1000, seed=seed)).to_csv(tmp_path / "next.csv", index=False)
        assert main(["audit", "check", str(tmp_path / "next.csv"), "--with", str(tmp_path / "audit")]) == code


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """The folder of an audit, of which contract and limits are real."""
    case, folder = shop("", 0), tmp_path_factory.mktemp("audited") / "audit"
    findings = {name: cannot(name, "nobody asked") for name in audit.QUESTIONS}
    findings |= {name: audit.ask_one(case, name) for name in ("contract", "monitor")}
    facts = {"file": "t.csv", "rows": 2000, "sha256": "", "read_as": "CSV, delimiter ',', utf-8-sig"}
    audit.write(folder, case, findings, facts)
    return folder


def shops(n):
    return pd.concat([audit.make_table(1000, seed=seed) for seed in range(20, 20 + n)])


def delivered(change, **options):
    encoding = options.pop("encoding", "utf-8")
    return change(shops(1)).to_csv(index=False, **options).encode(encoding)


GERMAN_DATES = pd.to_datetime(shops(1)["date"]).dt.strftime("%d.%m.%Y")
DELIVERIES = {
    "as before": (delivered(lambda t: t), 0, "keeps the contract"),
    "one row": (delivered(lambda t: t.head(1)), 0, "keeps the contract"),
    "ten times the rows": (shops(10).to_csv(index=False).encode(), 0, "keeps the contract"),
    "other order of columns": (delivered(lambda t: t[t.columns[::-1]]), 0, "keeps the contract"),
    "other delimiter": (delivered(lambda t: t, sep="|"), 0, "· read as CSV, delimiter '|'"),
    "decimal comma": (delivered(lambda t: t, sep=";", decimal=","), 0, "· read as CSV, delimiter ';'"),
    "other encoding": (delivered(lambda t: t, encoding="utf-16"), 0, "utf-16; the audited table"),
    "extra column": (delivered(lambda t: t.assign(fax=1)), 0, "· not in the contract: 'fax'"),
    "renamed": (
        delivered(lambda t: t.rename(columns={"region": "area"})),
        1,
        "✘ contract: region: the column is missing",
    ),
    "other date form": (delivered(lambda t: t.assign(date=GERMAN_DATES)), 1, "date: these are not dates in the form"),
    "swapped": (
        delivered(lambda t: t.assign(region=t["orders"], orders=t["region"])),
        1,
        "✘ contract: orders: these are not numbers",
    ),
    "words are numbers": (delivered(lambda t: t.assign(region=1)), 1, "✘ contract: region: these are not words"),
    "new words": (delivered(lambda t: t.assign(region="moon")), 1, "region: values not seen before"),
    "all gaps": (delivered(lambda t: t.assign(orders=None)), 1, "orders: more gaps than"),
    "other unit": (delivered(lambda t: t.assign(age_days=t["age_days"] / 365)), 1, "✘ monitor: age_days"),
    "one region": (delivered(lambda t: t[t["region"] == "south"]), 1, "✘ monitor: region"),
    "no rows": (delivered(lambda t: t.head(0)), 2, "has a header and no rows"),
    "no bytes": (b"", 2, "is empty"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00", 2, "neither text nor Parquet"),
}


@pytest.mark.parametrize("name", DELIVERIES)
def test_a_hostile_delivery_ends_in_a_verdict_with_reasons(audited, tmp_path, capsys, name):
    content, code, words = DELIVERIES[name]
    (tmp_path / "next.csv").write_bytes(content)
    assert main(["audit", "check", str(tmp_path / "next.csv"), "--with", str(audited)]) == code
    told = capsys.readouterr()
    assert words in told.out + told.err and "Traceback" not in told.err


DAMAGED = {
    "no contract": ("contract.py", None, "is no audit, or a damaged one (FileNotFoundError"),
    "half a contract": ("contract.py", "def check(", "(SyntaxError"),
    "another program": ("contract.py", "x = 1", "(KeyError: 'COLUMNS'"),
    "an edit that raises": ("contract.py", "1 / 0", "(ZeroDivisionError"),
    "a check that raises": (
        "contract.py",
        "COLUMNS = {'a': {'kind': None}}\ndef check(t): t[0]",
        "cannot be compared",
    ),
    "an empty contract": ("contract.py", "COLUMNS = {}\ncheck = len", "holds no contract"),
    "half the limits": ("monitor.json", "{", "(JSONDecodeError"),
    "other limits": ("monitor.json", "[]", "(TypeError"),
    "limits of nothing": ("monitor.json", '{"rate": 0.01, "limits": {"region": {}}}', "cannot be compared"),
    "no record": ("record.json", "{}", "(KeyError: 'seed'"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_audit_is_named(audited, tmp_path, capsys, name):
    file, text, words = DAMAGED[name]
    folder = shutil.copytree(audited, tmp_path / "audit")
    (folder / file).unlink()
    if text is not None:
        (folder / file).write_text(text)
    (tmp_path / "next.csv").write_bytes(DELIVERIES["as before"][0])
    assert main(["audit", "check", str(tmp_path / "next.csv"), "--with", str(folder)]) == 2
    told = capsys.readouterr().err
    assert words in told and told.count("\n") == 1


def test_the_command_says_what_is_wrong_in_a_line(tmp_path, capsys):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    for arguments, reason in (
        ([str(tmp_path / "t.csv")], "--target must name"),
        (["a.csv", "b.csv", "--target", "y"], "one table at a time"),
        (["check", str(tmp_path / "t.csv"), "--with", str(tmp_path)], "is no audit"),
    ):
        assert main(["audit", *arguments]) == 2
        assert reason in capsys.readouterr().err


def test_the_interval_is_written_from_its_low_end_to_its_high_end():
    found = audit.Finding("?", "Yes.", measure="a share", value=0.5, low=0.25, high=1234.5)
    assert found.number == "0.5 (95 % interval 0.25 to 1,234), a share"


def test_a_suspect_is_named_by_its_row_in_the_file():
    """With rows that are left out before it, and counted from 1 as a person counts."""
    table = base(600, seed=3).assign(y=lambda t: np.where(t["x"] > 0, "yes", "no"))
    table.loc[:49, "y"] = None
    table.loc[[400, 500], ["x", "y"]] = [[3.0, "no"], [-3.0, "yes"]]
    case = audit.Case(table, "y")
    listed = audit.ask_one(case, "suspects").facts["all"]
    assert set(listed["row in the file"][:2]) == {401, 501}
    assert listed["label"][:2].tolist() == [table["y"][row - 1] for row in listed["row in the file"][:2]]


def test_the_threshold_weighs_a_missed_one_against_a_false_alarm():
    truth, score = np.array([True, True, False, False, False]), np.array([0.9, 0.4, 0.6, 0.5, 0.1])
    assert scores._cost(truth, score >= 0.45, 5) == (5 * 1 + 2) / 5
    assert 0.1 < scores._cheapest(truth, score, 5) <= 0.4, "one missed costs more than two false alarms"
    assert 0.6 < scores._cheapest(truth, score, 1) <= 0.9, "and here less"


def test_intervals_of_slices_widen_with_the_number_of_slices():
    """One of two hundred slices is far from the rest by chance alone."""
    case = shop("", 1)
    table = slices(case).facts["all"]
    tried = len(table)
    assert tried > 10
    first = table.iloc[0]
    alone = share_interval(round(first["error"] * first["rows"]), first["rows"], method="wilson")
    assert first["low"] < alone[0] < alone[1] < first["high"]


def test_no_customer_is_on_both_sides_of_the_learning_curve():
    case = shop("group", 0)
    test, train = _held_out(case, np.random.default_rng(0))
    assert len(test) + len(train) == len(case)
    assert not set(case.group[test]) & set(case.group[train])


def test_a_break_is_named_by_the_first_period_after_it():
    values, period = np.r_[np.zeros(200), np.ones(100)] + 0.1 * np.arange(300) % 0.05, np.repeat(np.arange(6), 50)
    assert _break(values, period, 6)[0] == 4


def test_an_interval_draws_customers_and_not_rows():
    """Each customer came eight times, always with the same outcome: that is an eighth of the evidence."""
    case = shop("group", 0)
    habit = pd.Series(case.y).groupby(case.group).transform("first").to_numpy()
    low, high = case.interval(lambda rows: habit[rows].mean())
    case.honest = "random"
    narrow, wide = case.interval(lambda rows: habit[rows].mean())
    assert 2 < (high - low) / (wide - narrow) < 4.5  # the root of eight
