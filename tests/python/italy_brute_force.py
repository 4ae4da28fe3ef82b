"""The oracle for Italy: the cheapest station by looking at every one; nothing here is shared with the importer or the tree in Rust."""

import argparse
import collections
import datetime
import json
import math
import sys

EARTH_RADIUS_KM = 6371
FUELS = {"Benzina": "gasoline", "Gasolio": "diesel", "GPL": "lpg", "Metano": "cng"}
LATITUDES = (35.0, 47.5)
LONGITUDES = (6.0, 19.0)
PRICE_THOUSANDTHS = (100, 9999)
REGISTER_FIELDS = 10
PRICE_FIELDS = 5

Row = collections.namedtuple("Row", "station fuel is_self thousandths reported")
Offer = collections.namedtuple("Offer", "price_thousandths id lat lon")


def main():
    arguments = parse_arguments()
    counts = collections.Counter()
    stations = read_register(arguments.register, counts)
    offers = offers_by_fuel(stations, current_rows(read_prices(arguments.prices, stations, counts), counts), counts)
    if arguments.counts:
        for reason, count in sorted(counts.items()):
            print("%s: %d" % (reason, count), file=sys.stderr)
    for line in sys.stdin:
        print(json.dumps(answer(offers, json.loads(line), arguments.list)), flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description="Reads queries {fuel, lat, lon, radius_km}, one JSON per line; prints the cheapest station of each, or null."
    )
    parser.add_argument("register", help="anagrafica_impianti_attivi.csv")
    parser.add_argument("prices", help="prezzo_alle_8.csv")
    parser.add_argument("--list", type=int, metavar="N", help="print a list of the N best instead")
    parser.add_argument("--counts", action="store_true", help="what was kept and skipped, on stderr")
    return parser.parse_args()


def answer(offers, query, length):
    found = best_offers(offers[query["fuel"]], query["lat"], query["lon"], query["radius_km"], length or 1)
    if length is not None:
        return found
    return found[0] if found else None


def best_offers(offers, lat, lon, radius_km, length):
    """The `length` best of `offers` (which come by price) within the radius: by price, then distance, then id."""
    lat_margin, lon_margin = margins_degrees(lat, radius_km)
    found = []
    for offer in offers:
        if len(found) >= length and offer.price_thousandths > found[-1][0]:
            break
        if abs(offer.lat - lat) > lat_margin or longitude_gap(offer.lon, lon) > lon_margin:
            continue
        distance_km = haversine_km(lat, lon, offer.lat, offer.lon)
        if distance_km <= radius_km:
            found.append((offer.price_thousandths, distance_km, offer.id))
    return [
        {"id": station, "price_thousandths": price, "distance_m": distance_km * 1000}
        for price, distance_km, station in sorted(found)[:length]
    ]


def margins_degrees(lat, radius_km):
    """Half the height and width of a box that surely holds the circle; 360 where the circle holds a pole."""
    angle = radius_km / EARTH_RADIUS_KM
    slack = 1e-6
    if abs(math.radians(lat)) + angle >= math.pi / 2 - slack:
        return math.degrees(angle) + slack, 360
    return math.degrees(angle) + slack, math.degrees(math.asin(math.sin(angle) / math.cos(math.radians(lat)))) + slack


def longitude_gap(first, second):
    gap = abs(first - second)
    return min(gap, 360 - gap)


def haversine_km(lat, lon, other_lat, other_lon):
    half_chord = (
        math.sin(math.radians(other_lat - lat) / 2) ** 2
        + math.cos(math.radians(lat)) * math.cos(math.radians(other_lat)) * math.sin(math.radians(other_lon - lon) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half_chord)))


def read_register(path, counts):
    """Kept stations: idImpianto -> (lat, lon)."""
    stations = {}
    for fields in read_rows(path):
        position = position_of(fields, counts)
        if position is not None:
            stations[fields[0]] = position
    counts["stations kept"] = len(stations)
    return stations


def position_of(fields, counts):
    """The rounded coordinates of a register row, or None, counted by reason."""
    if len(fields) < REGISTER_FIELDS:
        return skip(counts, "stations skipped: too few fields")
    # A name may hold unescaped delimiters: the coordinates are found from the right.
    try:
        lat, lon = float(fields[-2]), float(fields[-1])
    except ValueError:
        return skip(counts, "stations skipped: no coordinates")
    if lat == 0 and lon == 0:
        return skip(counts, "stations skipped: at (0,0)")
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return skip(counts, "stations skipped: coordinates out of range")
    if not (LATITUDES[0] <= lat <= LATITUDES[1] and LONGITUDES[0] <= lon <= LONGITUDES[1]):
        return skip(counts, "stations skipped: outside Italy's box")
    return round_to_millionth(lat), round_to_millionth(lon)


def round_to_millionth(degrees):
    """Half away from zero of the f64 product, as `(x * 1e6).round() / 1e6` in Rust; Python's round() differs at ties."""
    return math.copysign(math.floor(abs(degrees) * 1e6 + 0.5) / 1e6, degrees)


def read_prices(path, stations, counts):
    """The usable rows in the order of the file."""
    for fields in read_rows(path):
        row = price_row(fields, stations, counts)
        if row is not None:
            yield row


def price_row(fields, stations, counts):
    """A row of the price file, or None, counted by reason; the fuel is looked at first."""
    if len(fields) != PRICE_FIELDS:
        return skip(counts, "prices skipped: not five fields")
    station, fuel, price, is_self, reported = fields
    if fuel not in FUELS:
        return skip(counts, "prices skipped: other fuel")
    if station not in stations:
        return skip(counts, "prices skipped: station not kept")
    if is_self not in ("0", "1"):
        return skip(counts, "prices skipped: isSelf neither 0 nor 1")
    try:
        thousandths = round(float(price) * 1000)
        reported = datetime.datetime(*time_numbers(reported))
    except (ValueError, TypeError, OverflowError):
        return skip(counts, "prices skipped: price or time unreadable")
    if not PRICE_THOUSANDTHS[0] <= thousandths <= PRICE_THOUSANDTHS[1]:
        return skip(counts, "prices skipped: outside 0.100..9.999")
    return Row(station, FUELS[fuel], is_self == "1", thousandths, reported)


def time_numbers(text):
    """`dd/mm/yyyy hh:mm:ss` as year, month, day, hour, minute, second; strptime is too slow for 70,000 rows."""
    date, _, time = text.partition(" ")
    day, month, year = map(int, date.split("/"))
    hour, minute, second = map(int, time.split(":"))
    return year, month, day, hour, minute, second


def current_rows(rows, counts):
    """One row per station and fuel: self-service before served, then the newest, then the later line."""
    chosen = {}
    for row in rows:
        key = (row.station, row.fuel)
        earlier = chosen.get(key)
        if earlier is None:
            chosen[key] = row
            continue
        if (row.is_self, row.reported) >= (earlier.is_self, earlier.reported):
            chosen[key] = row
        same_kind = row.is_self == earlier.is_self
        counts["prices skipped: older of the same kind" if same_kind else "prices skipped: served beside self-service"] += 1
    return chosen.values()


def offers_by_fuel(stations, rows, counts):
    """For every fuel the offers by price."""
    offers = {fuel: [] for fuel in FUELS.values()}
    for row in rows:
        offers[row.fuel].append(Offer(row.thousandths, "it-" + row.station, *stations[row.station]))
    for fuel in offers:
        offers[fuel].sort()
        counts["prices kept: " + fuel] = len(offers[fuel])
    counts["stations kept with a price"] = len({row.station for row in rows})
    return offers


def read_rows(path):
    """The rows after the date and the column names, split at the delimiter that the latter use; quoting means nothing."""
    with open(path, encoding="utf-8", newline="\n") as file:
        lines = file.read().split("\n")
    delimiter = "|" if "|" in lines[1] else ";"
    for line in lines[2:]:
        line = line.rstrip("\r")
        if line:
            yield line.split(delimiter)


def skip(counts, reason):
    counts[reason] += 1
    return None


if __name__ == "__main__":
    main()
