"""Writes what CronSim, which imitates Debian's cron, does with several hundred crontab expressions:
see README.md beside this file. Usage: crontab_golden.py SEED LINES"""

import itertools
import random
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago",
         "Europe/Dublin", "Asia/Beirut", "Pacific/Chatham", "Asia/Kolkata", "UTC"]
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
WEEKDAYS = "SUN MON TUE WED THU FRI SAT".split()
CHOSEN = ["30 2 * * *", "*/15 * * * *", "0 0 * * *", "0 2 * * *", "15,45 2 * * *", "45 1 * * *",
          "0 3 * * *", "0 * * * *", "30 0-23 * * *", "*/20 2 * * *", "10 */2 * * *", "0 0 1,15 * MON",
          "0 0 */2 * MON", "0 0 1-7 * */2", "0 12 29 2 *", "0 12 29 2 */7", "0 0 13 * FRI",
          "0 9-17 * * MON-FRI", "0 0 * * 7", "0 0 * * 0", "0 0 * * 5-7", "5/20 1/6 * * 1/2",
          "0 0 31 * *", "59 23 31 12 *", "0 0 1 JAN,JUL *", "*/7 3 * * sun", "0 4 8-14 * 6"]
INSTANTS = 8


def field(chance, low, high, names=None):
    def value():
        number = chance.randint(low, high)
        return names[number - low] if names and chance.random() < 0.5 else str(number)

    def span():
        first, last = sorted((chance.randint(low, high), chance.randint(low, high)))
        return f"{first}-{last}"

    kind = chance.randrange(9)
    step = chance.randint(1, max(1, high - low))
    if kind < 3:
        return "*"
    if kind == 3:
        return f"*/{step}"
    if kind == 4:
        return f"{chance.randint(low, high)}/{step}"
    if kind == 5:
        return span()
    if kind == 6:
        first, last = sorted(chance.sample(range(low, high + 1), 2))  # it takes 5-5/2 for 5/2
        return f"{first}-{last}/{chance.randint(1, 4)}"
    if kind == 7:
        return ",".join(span() if chance.random() < 0.3 else value() for _ in range(3))
    return value()


def expression(chance):
    return " ".join([field(chance, 0, 59), field(chance, 0, 23), field(chance, 1, 31),
                     field(chance, 1, 12, MONTHS) if chance.random() < 0.3 else "*",
                     field(chance, 0, 6, WEEKDAYS)])


def start_of(chance, zone):
    """About noon in Greenwich, when none of the zones repeats an hour; every second one within three
    days before the clocks of the zone change; some after the year 2037."""
    year = chance.randint(2040, 2079) if chance.random() < 0.1 else chance.randint(1996, 2025)
    day = datetime(year, 1, 1, 12, tzinfo=timezone.utc) + timedelta(days=chance.randrange(365))
    if chance.random() < 0.5:
        offset = day.astimezone(zone).utcoffset()
        for ahead in range(1, 366):
            if (day + timedelta(days=ahead)).astimezone(zone).utcoffset() != offset:
                day += timedelta(days=ahead - 1 - chance.randrange(3))
                break
    return day + timedelta(seconds=chance.randrange(3000))


def walk(text, start, zone, count):
    """The same by brute force: every minute of every day that fits, as the zone's clock shows it.
    CronSim loses its way over some changes (steps of an hour in Lord Howe, of a day in Beirut)."""
    cron = CronSim(text, start)
    minute_field, hour_field = text.split()[:2]
    follows_clock = minute_field.startswith("*") or hour_field.startswith("*")
    found = set()
    day = start.astimezone(zone).date() - timedelta(days=1)
    while len([each for each in found if each > start]) < count + 1:
        if day.month in cron.months and cron.match_day(day):
            midnight = datetime(day.year, day.month, day.day)
            if follows_clock:
                first = midnight.replace(tzinfo=timezone.utc) - timedelta(hours=15)
                for minute in range(41 * 60):
                    instant = first + timedelta(minutes=minute)
                    local = instant.astimezone(zone)
                    if local.date() == day and local.hour in cron.hours and local.minute in cron.minutes:
                        found.add(instant)
            else:
                for hour, minute in itertools.product(cron.hours, cron.minutes):
                    local = midnight.replace(hour=hour, minute=minute, tzinfo=zone)
                    while local != local.astimezone(timezone.utc).astimezone(zone):
                        local += timedelta(minutes=1)
                    found.add(local.astimezone(timezone.utc))
        day += timedelta(days=1)
        if day.year > start.year + 60:
            return []
    return sorted(each for each in found if each > start)[:count]


def main(seed, lines):
    chance = random.Random(seed)
    texts = itertools.chain(CHOSEN, CHOSEN, iter(lambda: expression(chance), None))
    written = 0
    while written < lines:
        text, name = next(texts), chance.choice(ZONES)
        zone = ZoneInfo(name)
        start = start_of(chance, zone)
        try:
            firings = list(itertools.islice(CronSim(text, start.astimezone(zone)), INSTANTS))
        except CronSimError:
            continue
        if firings and firings[-1].year > 2150 or len(firings) < INSTANTS:
            continue  # it searches fifty years ahead, and no further
        if [each.astimezone(timezone.utc) for each in firings] != walk(text, start, zone, INSTANTS):
            print(f"left out: {text} in {name} from {start}", file=sys.stderr)
            continue
        instants = [int(start.timestamp())] + [int(each.timestamp()) for each in firings]
        distances = " ".join(str(b - a) for a, b in itertools.pairwise(instants))
        print(f"{text}\t{name}\t{instants[0]}\t{distances}")
        written += 1


main(int(sys.argv[1]), int(sys.argv[2]))
