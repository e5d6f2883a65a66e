"""The table as Markdown and as JSON."""
import dataclasses
import json

from .record import sittings


def short(value):
    if value is None:
        return "–"
    if value == 0:
        return "0"
    if abs(value) < 0.001:
        return f"{value:.1e}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def cell(text):
    return " ".join(str(text).replace("|", "/").split()) or "–"


def counts_of(rows):
    counts = {"met": 0, "missed": 0, "no bar": 0, "not run": 0, "no figure": 0}
    for row in rows:
        counts[row.state.split(":")[0]] += 1
    return counts


def of_what(count):
    if count == 1:
        return "Shares are of what the device reached in the same sitting."
    return (f"Joined of {count} sittings, of each part the last that was done: what a share is of may be of another sitting "
            "than its figure.")


def markdown(record, rows):
    about, counts = record["about"], counts_of(rows)
    lines = [f"# {about.get('device') or 'an unknown device'}, {about.get('date') or 'an unknown day'}", "",
             f"Made by `./dev bench --device cuda` of commit {about.get('commit') or 'unknown'}; {about.get('engine') or '–'}; "
             f"driver {about.get('driver') or '–'}; {about.get('gpus') or '?'} GPU(s), {about.get('cores') or '?'} cores.", "",
             ", ".join(f"{count} {state}" for state, count in counts.items()) + ". " + of_what(sittings(about)), "",
             "| what | ours | peer | ratio | ceiling | bar | |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        ours = "–" if row.ours is None else f"{short(row.ours)} {row.unit}"
        peer = "–" if row.peer is None else f"{short(row.peer)}, {row.which}"
        ratio = "–" if row.ratio is None else f"{row.ratio:.2f} × {row.way}"
        name = row.name + (f" ({row.note})" if row.note else "")
        state = f"**{row.state}**" if row.state == "met" else row.state
        lines.append("| " + " | ".join(map(cell, (name, ours, peer, ratio, row.ceiling.text() if row.ceiling else "–",
                                                  row.bar.text(row.unit) if row.bar else "–", state))) + " |")
    lines += ["", "| part | state | seconds |", "|---|---|---|"]
    for name, part in record["parts"].items():
        state = part["state"] + (f": {part['reason']}" if part.get("reason") else "")
        lines.append(f"| {name} | {cell(state)} | {short(part.get('seconds'))} |")
    return "\n".join(lines) + "\n"


def as_json(record, rows):
    made = [{**dataclasses.asdict(row), "bar": row.bar and {**dataclasses.asdict(row.bar), "text": row.bar.text(row.unit)}}
            for row in rows]
    return json.dumps({"about": record["about"], "counts": counts_of(rows), "rows": made,
                       "parts": {name: {key: part.get(key) for key in ("state", "reason", "seconds")}
                                 for name, part in record["parts"].items()}}, indent=1, ensure_ascii=False) + "\n"
