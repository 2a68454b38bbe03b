// Expands calendars as ical.js does: a second opinion for the tests. It reads and writes what expand.py does.
import ICAL from "ical.js";
import { readFileSync } from "node:fs";

const textOf = (time) => {
  if (time.isDate || time.zone === ICAL.Timezone.localTimezone) {
    return time.toString();
  }
  return time.convertToZone(ICAL.Timezone.utcTimezone).toString();
};

const wanted = (event) => {
  const status = event.component.getFirstPropertyValue("status") ?? "";
  return status.toUpperCase() !== "CANCELLED";
};

// occurrences yields the starts of an event. An event without rules has one.
function* occurrences(event) {
  if (!event.isRecurring()) {
    yield event.startDate;
    return;
  }
  const iterator = event.iterator();
  for (let next = iterator.next(); next; next = iterator.next()) {
    yield next;
  }
}

const expand = (source) => {
  const calendar = new ICAL.Component(ICAL.parse(source.text));
  ICAL.TimezoneService.reset();
  for (const zone of calendar.getAllSubcomponents("vtimezone")) {
    ICAL.TimezoneService.register(zone);
  }
  const families = new Map();
  for (const component of calendar.getAllSubcomponents("vevent")) {
    const uid = component.getFirstPropertyValue("uid");
    const family = families.get(uid) ?? { heads: [], changed: [] };
    (component.hasProperty("recurrence-id") ? family.changed : family.heads).push(component);
    families.set(uid, family);
  }
  const end = ICAL.Time.fromDateString(source.to);
  end.adjust(3, 0, 0, 0);
  const found = [];
  const add = (item, start, stop) => {
    if (wanted(item)) {
      found.push([item.summary ?? "", textOf(start), textOf(stop)]);
    }
  };
  for (const { heads, changed } of families.values()) {
    for (const head of heads) {
      const event = new ICAL.Event(head, { exceptions: changed, strictExceptions: true });
      for (const start of occurrences(event)) {
        if (start.compareDateOnlyTz(end, ICAL.Timezone.utcTimezone) > 0) {
          break;
        }
        const details = event.getOccurrenceDetails(start);
        add(details.item, details.startDate, details.endDate);
      }
    }
    if (heads.length === 0) {
      for (const component of changed) {
        const event = new ICAL.Event(component);
        add(event, event.startDate, event.endDate);
      }
    }
  }
  return found;
};

const answers = JSON.parse(readFileSync(0, "utf8")).map((source) => {
  try {
    return { name: source.name, events: expand(source) };
  } catch (error) {
    return { name: source.name, error: String(error) };
  }
});
process.stdout.write(JSON.stringify(answers));
