"""A row of the table: ours beside a peer, a ceiling and a bar, or the reason why it has no figure."""
import dataclasses

from .record import NoFigure, NotRun


@dataclasses.dataclass(frozen=True)
class Bar:
    """What is asked: of "ratio", "ours" or "share" (of the ceiling)."""
    of: str
    limit: float
    sense: str = "at least"  # at least, at most, within (of 1)

    def met(self, value):
        if self.sense == "at least":
            return value >= self.limit
        if self.sense == "at most":
            return value <= self.limit
        return abs(value - 1) <= self.limit

    def text(self, unit=""):
        if self.sense == "within":
            return f"within {self.limit:.0%}"
        sign = {"at least": "≥", "at most": "≤"}[self.sense]
        if self.of == "ratio":
            return f"{sign} {self.limit:g} ×"
        if self.of == "share":
            return f"{sign} {self.limit:.0%} of the ceiling"
        return f"{sign} {self.limit:g}" + (f" {unit}" if unit else "")


@dataclasses.dataclass(frozen=True)
class Ceiling:
    """What the device reached in the same sitting: ours is `share` of it."""
    share: float
    of: str

    def text(self):
        return f"{self.share:.0%} of {self.of}"


@dataclasses.dataclass
class Row:
    part: str
    name: str
    bar: "Bar | None"
    unit: str = ""
    ours: "float | None" = None
    peer: "float | None" = None
    which: str = ""                    # the peer's name
    ratio: "float | None" = None
    way: str = "as fast"               # how the ratio is read: as fast, as long, as much, as many
    ceiling: "Ceiling | None" = None
    note: str = ""
    state: str = ""                    # met, missed, no bar, not run: …, no figure: …

    def judge(self):
        if self.bar is None:
            self.state = "no bar"
            return
        value = {"ratio": self.ratio, "ours": self.ours,
                 "share": self.ceiling.share if self.ceiling else None}[self.bar.of]
        if value is None:
            self.state = f"no figure: no {self.bar.of if self.bar.of != 'share' else 'ceiling'} is known"
        else:
            self.state = "met" if self.bar.met(value) else "missed"


class Rows:
    """Gathers rows; what is wrong with one is said in it and stops no other."""

    def __init__(self):
        self.all = []

    def add(self, part, name, bar, unit, make):
        """`make` returns what is known of the row by field."""
        row = Row(part, name, bar, unit)
        try:
            for key, value in make().items():
                setattr(row, key, value)
            row.judge()
        except NotRun as why:
            row.state = f"not run: {why}"
        except NoFigure as why:
            row = Row(part, name, bar, unit, state=f"no figure: {why}")
        self.all.append(row)


def beside(ours, peer, which, **more):
    """Of two times, how many times as fast ours is."""
    return {"ours": ours, "peer": peer, "which": which, "ratio": peer / ours, **more}


def rates(ours, peer, which, **more):
    """Of two rates, how many times as fast ours is."""
    return {"ours": ours, "peer": peer, "which": which, "ratio": ours / peer, **more}


def costs(ours, peer, which, **more):
    """Of two times, how many times as long ours takes."""
    return {"ours": ours, "peer": peer, "which": which, "ratio": ours / peer, "way": "as long", **more}
