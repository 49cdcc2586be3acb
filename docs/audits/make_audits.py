"""Make the finished audits of this folder anew: ``.venv/bin/python docs/audits/make_audits.py``, some minutes."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
from sklearn.datasets import load_breast_cancer

from helpers.datasets import load_flights

HERE = Path(__file__).resolve().parent


def flights():
    """Will a flight from New York arrive more than 15 minutes late? With the delay at departure left in, as a leak."""
    table = load_flights(weather=True)
    table.insert(0, "date", pd.to_datetime({"year": 2013, "month": table["month"], "day": table["day"]}))
    table["late"] = (table["arr_delay"] > 15).map({True: "yes", False: "no"})
    return table[table["arr_delay"].notna()].drop(columns=["arr_delay", "month", "day"])


def biopsies():
    """Is a tumor malignant? 569 biopsies, with neither a time nor a patient's number."""
    data = load_breast_cancer(as_frame=True)
    return data.data.assign(diagnosis=data.target.map({0: "malignant", 1: "benign"}))


AUDITS = {
    "flights": (flights, ["--target", "late", "--time", "date", "--group", "carrier"]),
    "biopsies": (biopsies, ["--target", "diagnosis"]),
}


def main():
    """Audit each table, and keep the page."""
    for name, (load, options) in AUDITS.items():
        with tempfile.TemporaryDirectory() as folder:
            file, output = Path(folder, f"{name}.csv"), Path(folder, "audit")
            load().to_csv(file, index=False)
            command = [sys.executable, "-m", "helpers.course.cli", "audit", str(file), *options]
            subprocess.run([*command, "--output", str(output)], check=True)
            (output / "report.html").replace(HERE / f"{name}.html")


if __name__ == "__main__":
    main()
