import hashlib
import json

import matplotlib.pyplot as plt
import mlflow
import numpy as np
import pytest

from helpers import experiment_tracking as tracking
from helpers.checks import experiment_tracking as check


@pytest.fixture(scope="module")
def project():
    store, names = tracking.content_store(tracking.form_tables(150, seed=3))
    key = {name: digest for digest, name in names.items()}
    causes = {"code": key["pixels"], "train": key["corrected"], "test": key["held out"]}
    return store, key, causes | {"max_depth": 6, "seed": 5, "library": "0.21"}


@pytest.fixture
def log():
    lines = []
    for i in range(5):
        lines = tracking.append_entry(lines, {"run": i, "accuracy": i / 10})
    return lines, hashlib.sha256(lines[-1].encode()).hexdigest()


def test_fingerprint_is_sha256_of_content():
    assert tracking.fingerprint("abc") == hashlib.sha256(b"abc").hexdigest()
    assert tracking.fingerprint(b"a", "bc") == hashlib.sha256(b"abc").hexdigest()
    assert tracking.fingerprint(tracking.pixels) != tracking.fingerprint(tracking.pixels_and_sums)


def test_versions_differ_where_they_say():
    tables = tracking.form_tables(1000, seed=1)
    (X, keyed), (_, corrected), (_, kept) = (tables[k] for k in ("as keyed", "corrected", "after deletions"))
    assert X.max() == 16 and X.dtype == np.uint8
    assert 0.07 < np.mean(keyed != corrected) < 0.13
    assert len(kept) == 980 and len(tables["held out"][1]) == 597
    for n_train in (99, 1201):
        with pytest.raises(ValueError, match=rf"'n_train' must be from 100 to 1200 \(got {n_train}\)"):
            tracking.form_tables(n_train, seed=0)
    assert [len(tracking.form_tables(n_train, seed=0)["as keyed"][1]) for n_train in (100, 1200)] == [100, 1200]


def test_column_and_row_sums_by_hand():
    X = np.zeros((1, 64), dtype=np.uint8)
    X[0, 8 * 2 + 5] = 7  # row 2, column 5
    sums = tracking.pixels_and_sums(X)[0, 64:]
    assert np.flatnonzero(sums).tolist() == [5, 8 + 2] and sums.sum() == 14


def test_causes_determine_the_run(project):
    store, key, causes = project
    record = tracking.run(causes, store)
    assert tracking.run(json.loads(json.dumps(record)), store) == record
    y_true = store[causes["test"]][1]
    y_pred = tracking.predict(causes, store)
    assert record["accuracy"] == pytest.approx(np.mean(y_true == y_pred), abs=1e-6)
    assert record["recall"][3] == pytest.approx(np.mean(y_pred[y_true == 3] == 3), abs=1e-6)
    for cause, other in {"seed": 6, "train": key["as keyed"], "library": "0.22", "max_depth": 3}.items():
        assert tracking.run({**causes, cause: other}, store)["predictions"] != record["predictions"]


def test_incomplete_or_unknown_causes_are_named(project):
    store, _, causes = project
    with pytest.raises(ValueError, match="'causes' must record 'seed'"):
        tracking.predict({k: v for k, v in causes.items() if k != "seed"}, store)
    with pytest.raises(
        ValueError, match=r"'train' must be the fingerprint of something in the store \(got 'labels.csv'\)"
    ):
        tracking.predict({**causes, "train": "labels.csv"}, store)


def test_only_the_true_guess_is_exact(project):
    store, _, causes = project
    record = tracking.run(causes, store)
    table = tracking.guess_missing(record, {"seed": [1, 5], "max_depth": [2, 6, 40, 50]}, store)
    assert table["exact"].tolist() == [False, True, False, True, False, False]
    assert table["accuracy"][1] == record["accuracy"] and table["accuracy"][4] == table["accuracy"][5]
    known = [{**record, "seed": 1, "accuracy": 0.5}]
    again = tracking.guess_missing(record, {"seed": [1, 2]}, store, known=known)
    assert again["accuracy"][0] == 0.5 != again["accuracy"][1]
    ax = tracking.plot_guesses(table, 0.9)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["seed missing", "max_depth missing"]
    plt.close(ax.figure)


def test_chain_by_hand(log):
    lines, head = log
    assert json.loads(lines[0])["previous"] == "0" * 64
    assert json.loads(lines[3])["previous"] == hashlib.sha256(lines[2].encode()).hexdigest()
    assert check.first_break(lines, head) == -1
    assert check.first_break(lines[:1], tracking.fingerprint(lines[0])) == -1


@pytest.mark.parametrize(
    ("at", "repair", "without_head", "with_head"),
    [
        (1, "none", 1, 1),
        (1, "next", 2, 2),
        (1, "all", -1, 4),
        (4, "none", -1, 4),
        (0, "none", 0, 0),
        (3, "next", -1, 4),
    ],
)
def test_forgeries_are_found_where_they_are(log, at, repair, without_head, with_head):
    lines, head = log
    forged = tracking.forge(lines, at, {"accuracy": 0.99}, repair=repair)
    assert check.first_break(forged, tracking.fingerprint(forged[-1])) == without_head
    assert check.first_break(forged, head) == with_head
    assert json.loads(forged[at])["accuracy"] == 0.99 and lines != forged


def test_missing_and_exchanged_lines(log):
    lines, head = log
    assert check.first_break(lines[:3], tracking.fingerprint(lines[2])) == -1
    assert check.first_break(lines[:3], head) == 2
    assert check.first_break([lines[0], lines[2], lines[1], *lines[3:]], head) == 0
    with pytest.raises(ValueError, match="'repair' must be one of"):
        tracking.forge(lines, 0, {}, repair="some")


def test_the_twelve_recipes_differ_in_code_labels_and_depth(project):
    _, key, causes = project
    recipes = tracking.twelve_recipes(key, rng=np.random.default_rng(0))
    assert len({(r["code"], r["train"], r["max_depth"]) for r in recipes}) == 12
    assert all(r.keys() == causes.keys() and 1000 <= r["seed"] < 10000 for r in recipes)


def test_suppliers(project):
    store, _, causes = project
    sent = tracking.supplier_records(tracking.run(causes, store), store)
    assert tracking.run(sent["North"], store)["accuracy"] < sent["South"]["accuracy"] <= 1
    assert tracking.run(sent["North"], store) == sent["North"]
    assert tracking.run(sent["South"], store)["accuracy"] < sent["South"]["accuracy"]
    assert "seed" not in sent["East"] and sent["West"]["test"] == sent["West"]["train"]
    verdicts = {name: check.audited(record, store, causes["test"]) for name, record in sent.items()}
    assert verdicts == {"North": "verified", "East": "cannot be checked", "South": "refuted", "West": "refuted"}


def test_a_record_is_logged_where_it_can_be_asked_for(project):
    store, _, causes = project
    row = tracking.run(causes, store)
    logged = check.sorted_record(row)
    assert logged["params"] == causes and logged["tags"] == {"predictions": row["predictions"]}
    assert logged["metrics"].pop("accuracy") == row["accuracy"]
    assert list(logged["metrics"].values()) == row["recall"] and list(logged["metrics"])[9] == "recall_9"


@pytest.mark.filterwarnings("ignore:The ``noload`` loader")  # SQLAlchemy on MLflow's tables
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_tracking_store_is_in_the_folder(tmp_path):
    before = mlflow.get_tracking_uri()
    tracking.open_tracking(tmp_path, experiment="x")
    with mlflow.start_run(run_name="one"):
        mlflow.log_metric("accuracy", 0.5)
    found = mlflow.search_runs(filter_string="metrics.accuracy > 0.4")
    assert found["tags.mlflow.runName"].tolist() == ["one"]
    assert (tmp_path / "tracking.db").is_file()
    mlflow.set_tracking_uri(before)


def test_a_saved_slide_is_known_by_its_bytes(project, tmp_path):
    store, _, causes = project
    record = tracking.run(causes, store)
    first, again = (tracking.save_slide(record, tmp_path / name) for name in ("a.png", "b.png"))
    assert first == again == hashlib.sha256((tmp_path / "a.png").read_bytes()).hexdigest()
    other = tracking.run({**causes, "seed": 6}, store)
    assert tracking.save_slide(other, tmp_path / "c.png") != first
    assert not plt.get_fignums()


def test_slide_shows_recall_only(project):
    store, _, causes = project
    ax = tracking.plot_recall(tracking.run(causes, store))
    assert len(ax.patches) == 10 and ax.get_ylim() == (0, 1)
    plt.close(ax.figure)


@pytest.mark.filterwarnings("ignore:The ``noload`` loader")  # SQLAlchemy on MLflow's tables
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_function_that_logs_by_itself_leaves_no_run_open(tmp_path):
    before = mlflow.get_tracking_uri()
    tracking.open_tracking(tmp_path, experiment="x")

    def logs(row):
        mlflow.log_params({"seed": row["seed"]})
        return check.sorted_record(row)

    said = check.to_log(logs)
    assert said.state == "wrong" and "only sorts" in said.message
    assert mlflow.active_run() is None and not mlflow.search_runs()["run_id"].size
    assert check.to_log(check.sorted_record).state == "right"
    mlflow.set_tracking_uri(before)
