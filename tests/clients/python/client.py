"""A program as somebody would write it with openapi-python-client.

It reports a price, finds it again in every way, and meets an error whose type it knows. Checked by
mypy --strict together with the generated client: where the document is wrong, this does not hold.
"""

import os
import uuid

from posto_client import AuthenticatedClient
from posto_client.api.stations import cheapest, history, list_, report, station
from posto_client.models import (
    CheapestFuel,
    HistoryFuel,
    ListFuel,
    ParameterError,
    PriceFuel,
    Problem,
    ProblemCode,
    Report,
    ReportFuel,
    Reported,
    StationDetail,
    StationList,
    StationPrice,
)
from posto_client.models.history import History

# Somewhere in the Atlantic, so that nobody else's station is near.
LAT, LON = -13.5, -21.25


def main() -> None:
    """Runs the whole round against the gateway that POSTO_URL names."""
    url = os.environ.get("POSTO_URL", "http://127.0.0.1:8080")
    # Where a gateway has no tokens it looks at none.
    client = AuthenticatedClient(base_url=url, token="none-is-needed-here")
    key = uuid.uuid4().hex

    body = Report(fuel=ReportFuel.GASOLINE, price=4.321, lat=LAT, lon=LON, name="Posto Python")
    first = report.sync_detailed(client=client, body=body, idempotency_key=key)
    assert first.status_code == 201, first
    reported = first.parsed
    assert isinstance(reported, Reported), reported
    assert (reported.price, reported.replaced) == (4.321, None)
    assert report.sync(client=client, body=body, idempotency_key=key) == reported, "the same key counts once"

    body.price = 4.299
    replaced = report.sync(client=client, body=body)
    assert isinstance(replaced, Reported) and replaced.replaced == 4.321, replaced

    best = cheapest.sync(client=client, fuel=CheapestFuel.GASOLINE, radius=5, lat=LAT, lon=LON)
    assert isinstance(best, StationPrice), best
    assert (best.id, best.price, best.name) == (reported.station, 4.299, "Posto Python")
    assert best.age_s is not None and best.age_s < 3600

    stations = list_.sync(client=client, fuel=ListFuel.GASOLINE, radius=5.0, lat=LAT, lon=LON)
    assert isinstance(stations, StationList), stations
    assert [found.id for found in stations.stations] == [reported.station]

    detail = station.sync(reported.station, client=client)
    assert isinstance(detail, StationDetail), detail
    assert [(price.fuel, price.price) for price in detail.prices] == [(PriceFuel.GASOLINE, 4.299)]

    past = history.sync(reported.station, client=client, fuel=HistoryFuel.GASOLINE)
    assert isinstance(past, History), past
    assert [price.price for price in past.prices] == [4.299, 4.321]

    wrong = cheapest.sync_detailed(client=client, fuel=CheapestFuel.GASOLINE, radius=-1, lat=91, lon=0)
    problem = wrong.parsed
    assert isinstance(problem, Problem), problem
    assert (wrong.status_code, problem.status, problem.code) == (422, 422, ProblemCode.NOT_ALLOWED)
    assert isinstance(problem.errors, list)
    errors: list[ParameterError] = problem.errors
    assert [error.parameter for error in errors] == ["radius", "lat"]

    print(f"Python: reported and found {reported.station}, and met {problem.code}")


if __name__ == "__main__":
    main()
