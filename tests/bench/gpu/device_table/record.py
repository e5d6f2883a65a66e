"""What the parts of a device's benchmark said, as it was said: the table is made of nothing else.

A record is JSON: about the device and the sitting, and by part {"state", "reason", "seconds", "files"}, where
files holds the text of what the part printed ("output") and wrote. States: done; stopped (it ran out of its time, what it
had said until then counts); failed (likewise); not run (with the reason).
"""
import json
import math
import re

SCHEMA = 1
# What launchers write before what they launch does: "W1130 12:59:44.789000 22401 torch/distributed/run.py:851] …".
WARNING = re.compile(r"[IW]\d{4} \d\d:\d\d:\d\d")


class NoFigure(Exception):
    """Why there is no figure: what was said does not read as it should, or was not said."""


class NotRun(Exception):
    """Why a part was not run."""


def last_words(*texts):
    """The last line of the first text that has one which says something: neither a launcher's warning nor JSON."""
    for text in texts:
        for line in reversed([line.strip() for line in text.splitlines()]):
            if re.search(r"\w", line) and not WARNING.match(line) and not line.startswith("{"):
                return line[:300]
    return ""


def with_reason(part):
    """The part; of one that failed for which only a launcher's words or none are kept, its own last ones are the reason."""
    code, _, why = (part.get("reason") or "").partition(": ")
    if part["state"] != "failed" or not code.startswith("exit code") or last_words(why):
        return part
    why = last_words(part.get("files", {}).get("output", ""))
    return {**part, "reason": code + (f": {why}" if why else "")}


def sittings(about):
    """Of how many sittings a record is: those that were joined before it was counted name a commit or a day each."""
    return about.get("sittings") or max(len((about.get(key) or "").split("; ")) for key in ("date", "commit"))


def merged(records):
    """One record of several of one device: of each part the last that was done, else the last that said anything."""
    if not records:
        raise ValueError("no record is given")
    devices = sorted({record["about"].get("device") or "?" for record in records})
    if len(devices) > 1:
        raise ValueError(f"the records are of different devices: {', '.join(devices)}")
    result = {"schema": SCHEMA, "about": dict(records[0]["about"]), "parts": {}}
    result["about"]["sittings"] = sum(sittings(record["about"]) for record in records)
    order = {"not run": 0, "failed": 1, "stopped": 2, "done": 3}
    for record in records:
        if record.get("schema") != SCHEMA:
            raise ValueError(f"a record of schema {record.get('schema')} is not read, only of {SCHEMA}")
        for key in ("date", "commit", "engine", "driver"):
            words = result["about"].get(key)
            other = record["about"].get(key)
            if other and other != words:
                # Another commit or day is said, not passed over.
                result["about"][key] = f"{words}; {other}" if words and other not in words else words or other
        for name, part in record["parts"].items():
            known = result["parts"].get(name)
            if known is None or order[part["state"]] >= order[known["state"]]:
                result["parts"][name] = with_reason(part)
    return result


class Reader:
    """Figures of a record. Every reading ends in a figure that was said once and is finite and positive, or in NoFigure."""

    def __init__(self, record):
        self.record = record

    def text(self, part, file="output"):
        entry = self.record["parts"].get(part)
        if entry is None:
            raise NotRun(f"the part '{part}' was not asked for")
        if entry["state"] == "not run":
            raise NotRun(entry.get("reason") or "no reason is known")
        text = entry.get("files", {}).get(file)
        if not text:
            why = {"stopped": "the part ran out of its time before", "failed": f"the part failed: {entry.get('reason')}",
                   "done": "the part did not say it"}[entry["state"]]
            raise NoFigure(why)
        return text

    def why_missing(self, part, what):
        entry = self.record["parts"][part]
        if entry["state"] == "stopped":
            return NoFigure(f"{what} is missing: the part ran out of its time")
        if entry["state"] == "failed":
            return NoFigure(f"{what} is missing: the part failed: {entry.get('reason')}")
        return NoFigure(f"{what} is missing")

    def lines(self, part, file="output"):
        """JSON objects, a line each; other lines are counted, since one of them may be what was looked for."""
        objects, broken = [], 0
        for line in self.text(part, file).splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            try:
                read = json.loads(line)
            except ValueError:
                read = None
            if isinstance(read, dict):
                objects.append(read)
            else:
                broken += 1
        return objects, broken

    def find(self, part, file="output", many=False, **fields):
        """The line with these fields; more than one is an error, unless `many`."""
        objects, broken = self.lines(part, file)
        found = [o for o in objects if all(o.get(key) == value for key, value in fields.items())]
        said = ", ".join(f"{key} {value}" for key, value in fields.items())
        if not found:
            if broken:
                raise NoFigure(f"{said or 'its line'} is missing, and {broken} lines are no JSON")
            raise self.why_missing(part, said or "its line")
        if many:
            return found
        if len(found) > 1:
            raise NoFigure(f"{said or 'it'} is said {len(found)} times")
        return found[0]

    def match(self, part, pattern, what, file="output"):
        """The groups of the one line that the pattern matches as a whole."""
        found = [m for m in (re.fullmatch(pattern, line.strip()) for line in self.text(part, file).splitlines()) if m]
        if not found:
            raise self.why_missing(part, what)
        if len(found) > 1:
            raise NoFigure(f"{what} is said {len(found)} times")
        return found[0].groups()


def number(value, what, least=0.0):
    """A finite number above `least`, from JSON or from text."""
    if isinstance(value, str):
        try:
            value = float(value.replace(",", ""))
        except ValueError:
            raise NoFigure(f"{what} is '{value}'") from None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise NoFigure(f"{what} is {json.dumps(value)}")
    if not math.isfinite(value) or value <= least:
        raise NoFigure(f"{what} is {value}")
    return float(value)


def field(line, key):
    if key not in line:
        raise NoFigure(f"{key} is not said")
    return number(line[key], key)


def median(values):
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
