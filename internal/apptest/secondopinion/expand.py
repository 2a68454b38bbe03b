"""Expands calendars as Debian's python3-recurring-ical-events does: a second opinion for the tests.

Reads a JSON list of {"name", "text", "from", "to"} (days) from the standard input, and writes for each of them
{"name", "events": [[summary, start, end], ...]} or {"name", "error"}. Times are in UTC (…Z), whole days are dates, and
times without a zone are what clocks show.
"""
import datetime
import json
import sys

import icalendar
import recurring_ical_events


def text_of(value):
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            return value.strftime("%Y-%m-%dT%H:%M:%S")
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.strftime("%Y-%m-%d")


def expand(source):
    calendar = icalendar.Calendar.from_ical(source["text"])
    around = datetime.timedelta(days=3)  # it compares days by several clocks
    first = datetime.datetime.strptime(source["from"], "%Y-%m-%d") - around
    last = datetime.datetime.strptime(source["to"], "%Y-%m-%d") + around
    found = []
    for event in recurring_ical_events.of(calendar, components=["VEVENT"]).between(first, last):
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        found.append([str(event.get("SUMMARY", "")), text_of(event["DTSTART"].dt), text_of(event["DTEND"].dt)])
    return found


def main():
    answers = []
    for source in json.load(sys.stdin):
        try:
            answers.append({"name": source["name"], "events": expand(source)})
        except Exception as error:  # it has an opinion on what it can read alone
            answers.append({"name": source["name"], "error": f"{type(error).__name__}: {error}"})
    json.dump(answers, sys.stdout)


main()
