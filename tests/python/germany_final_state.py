#!/usr/bin/env python3
"""What a day's change log leaves of Germany's prices, found without Posto.

Usage: germany_final_state.py STATIONS.csv PRICES.csv

Prints one line for each station of the register with a place and each fuel that the log has a word
on, in the order of id and fuel: `de-UUID FUEL PRICE MILLISECONDS`, where the price is in thousandths
or `ended`. The rules are those of the top of crates/feeds/src/germany.rs, written down again here so
that a mistake of one is seen against the other.
"""

import csv
import datetime
import sys

FUELS = ("diesel", "e5", "e10")


def stations(path):
    """The numbers of the stations that have a place."""
    with open(path, encoding="utf-8", newline="") as file:
        return {row["uuid"] for row in csv.DictReader(file) if float(row["latitude"]) != 0}


def milliseconds(text):
    """`2014-06-08 09:50:01+02` as milliseconds since 1970."""
    return round(datetime.datetime.fromisoformat(text + ":00").timestamp() * 1000)


def final_state(path, known):
    """The last word on each station and fuel, the later line of equal times."""
    state = {}
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["station_uuid"] not in known:
                continue
            at = milliseconds(row["date"])
            for fuel in FUELS:
                price = round(float(row[fuel]) * 1000)
                ended = price in (0, -1) or row[fuel + "change"] == "2"
                key = (row["station_uuid"], FUELS.index(fuel))
                if key not in state or at >= state[key][1]:
                    state[key] = ("ended" if ended else price, at)
    return state


def main():
    register, log = sys.argv[1:]
    state = final_state(log, stations(register))
    for (station, fuel), (price, at) in sorted(state.items()):
        print(f"de-{station} {FUELS[fuel]} {price} {at}")


if __name__ == "__main__":
    main()
