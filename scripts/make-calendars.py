#!/usr/bin/env python3
"""Writes adapters/calendars/*.json from the Python package exchange-calendars (Apache-2.0).

    python3 -m venv venv && venv/bin/pip install exchange-calendars==4.13.2
    venv/bin/python scripts/make-calendars.py adapters/calendars

Each file says how it differs from a plain working week: weekdays without a session, weekend days
with one, and sessions with other hours. Times are local. Nothing is derived beyond what the package
records; `validTo` is the last day for which a calendar may be asked.
"""
import json
import sys
from pathlib import Path

import exchange_calendars
import pandas as pd

PACKAGE = "exchange-calendars"

# The package has no XNSE. The two Indian exchanges keep the same equity sessions in the main.
CALENDARS = [
    ("XNYS", "New York Stock Exchange", "XNYS", "1990-01-01", "2027-12-31", None),
    ("XBOM", "BSE, Mumbai", "XBOM", "1997-01-01", "2026-12-31", None),
    (
        "XNSE",
        "National Stock Exchange of India",
        "XBOM",
        "1997-01-01",
        "2026-12-31",
        "taken from XBOM: the package has no XNSE, and the two keep the same sessions in the main",
    ),
]
NOTES_INDIA = "evening sessions of one hour on Diwali (Muhurat) and Saturday drills are not recorded"


def hours_of(calendar, session):
    """Local opening and closing time of a session, as HH:MM."""
    zone = calendar.tz
    opens = calendar.session_open(session).tz_convert(zone)
    closes = calendar.session_close(session).tz_convert(zone)
    return opens.strftime("%H:%M"), closes.strftime("%H:%M")


def describe(code, name, source, first, last, note):
    calendar = exchange_calendars.get_calendar(source, start=first, end=last)
    sessions = set(calendar.sessions)
    days = pd.date_range(first, last)
    text = lambda day: day.strftime("%Y-%m-%d")
    hours = {session: hours_of(calendar, session) for session in calendar.sessions}
    regular = max(set(hours.values()), key=list(hours.values()).count)
    notes = [note] if note else []
    if source == "XBOM":
        notes.append(NOTES_INDIA)
    return {
        "code": code,
        "name": name,
        "timeZone": str(calendar.tz),
        "validFrom": first,
        "validTo": last,
        "version": f"{PACKAGE} {exchange_calendars.__version__}",
        "source": f"{PACKAGE} {exchange_calendars.__version__}, calendar {source}, Apache-2.0",
        "notes": notes,
        "open": regular[0],
        "close": regular[1],
        "holidays": [text(d) for d in days if d.weekday() < 5 and d not in sessions],
        "extraSessions": [text(d) for d in days if d.weekday() >= 5 and d in sessions],
        "otherHours": {
            text(d): {"open": h[0], "close": h[1]} for d, h in hours.items() if h != regular
        },
    }


def main():
    folder = Path(sys.argv[1])
    for entry in CALENDARS:
        document = describe(*entry)
        path = folder / f"{entry[0].lower()}.json"
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        print(path, len(document["holidays"]), "holidays,", len(document["otherHours"]), "other hours")


main()
