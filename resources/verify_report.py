#!/usr/bin/env python3
"""Computes each figure of a report's JSON anew, and prints it with yes or no.

    plumbline-engine export STUDY --run RUN --what predictions -o predictions.csv
    python3 verify_report.py report.json predictions.csv [--decisions decisions.csv]
    # each condition of the section on stress, from `export --what predictions --condition noise=4`
    python3 verify_report.py report.json predictions.csv --under noise=4 noise-4.csv
    # each policy beside the decision, from `export --what decisions --policy mean`
    python3 verify_report.py report.json predictions.csv --beside mean mean.csv

Needs Python 3 with numpy, and no Plumbline. The votes are those of predictions.csv; the policies
mcp, majority and polygraph are written down here once more. For another policy give what
`plumbline-engine export --what decisions` wrote of it. Intervals of resamples are drawn here with
another generator: they agree where both ends lie within a fifth of the interval's width. What no
prediction says (a measured time, a distribution's Brier score) is listed apart.

Ends with 0 where nothing is wrong, with 1 where a figure is, with 2 where a file is.
"""
import argparse
import csv
import json
import math
import re
import sys

try:
    import numpy as np
except ImportError:
    sys.exit("verify_report: numpy is needed: pip install numpy")

Z = 1.959963984540054
LARGE = 200_000  # samples beyond which fewer resamples are drawn


def fail(words):
    print(f"verify_report: {words}", file=sys.stderr)
    sys.exit(2)


def wilson(hits, n):
    p, spread = hits / n, Z * math.sqrt(hits / n * (1 - hits / n) / n + Z * Z / (4 * n * n))
    middle, scale = p + Z * Z / (2 * n), 1 + Z * Z / n
    return (0.0 if hits == 0 else (middle - spread) / scale,
            1.0 if hits == n else (middle + spread) / scale)


def paired(only_first, only_second, n):
    """D. G. Bonett, R. M. Price, 2012."""
    a, b = (only_first + 1) / (n + 2), (only_second + 1) / (n + 2)
    spread = Z * math.sqrt((a + b - (b - a) ** 2) / (n + 2))
    return max(-1.0, b - a - spread), min(1.0, b - a + spread)


class Votes:
    """Of one split: arrays of voters × samples."""

    def __init__(self, labels, voters, predicted, confidence, log_prob):
        self.labels, self.voters = labels, voters
        self.predicted, self.confidence, self.log_prob = predicted, confidence, log_prob

    def of(self, names):
        rows = [self.voters.index(name) for name in names]
        return Votes(self.labels, names, self.predicted[rows], self.confidence[rows],
                     self.log_prob[rows])


def read_predictions(path, source):
    """The votes by split. The file is ordered by split, sample and voter; which class a word is
    does not matter, as long as equal words are equal classes in the order of the report's list."""
    classes = {name: i for i, name in enumerate(source["classes"])}

    def class_of(word):
        if word == "":
            return -1
        if word not in classes and word.startswith("'"):  # a spreadsheet would compute it
            word = word[1:]
        return classes[word] if word in classes else int(word)

    voters, labels, predicted, confidence, log_prob = [], [], [], [], []
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        if next(rows, [])[:4] != ["sample", "label", "model", "view"]:
            fail(f"{path} is not what export --what predictions writes")
        for _, label, model, view, word, sure, likely in rows:
            voter = f"{model}:{view}"
            if voter not in voters:
                voters.append(voter)
            if voter == voters[0]:
                labels.append(class_of(label))
            predicted.append(class_of(word))
            confidence.append(float(sure or 0))
            log_prob.append(float(likely or 0))
    shape = (len(labels), len(voters))
    if len(predicted) != shape[0] * shape[1]:
        fail(f"{path}: some samples lack voters")
    predicted = np.array(predicted, dtype=np.int64).reshape(shape).T
    confidence = np.array(confidence, dtype=np.float32).reshape(shape).T
    log_prob = np.array(log_prob, dtype=np.float32).reshape(shape).T
    labels = np.array(labels, dtype=np.int64)
    splits, begin = {}, 0
    for split in source["splits"]:
        end = begin + split["samples"]
        splits[split["name"]] = Votes(labels[begin:end], voters, predicted[:, begin:end],
                                      confidence[:, begin:end], log_prob[:, begin:end])
        begin = end
    if begin != len(labels):
        fail(f"{path} has {len(labels)} samples, the report's run has {begin}")
    return splits


class Decisions:
    """Of the judged samples alone: score, right, accepted, log-likelihood."""

    def __init__(self, judged, label, score, accepted, truth, log_prob=None, probability=False,
                 ties=None):
        self.judged_mask = judged
        self.not_judged = int((~judged).sum())
        self.score = np.asarray(score, dtype=np.float64)[judged]
        self.right = (label == truth)[judged]
        self.accepted = np.asarray(accepted, dtype=bool)[judged]
        self.log_prob = None if log_prob is None else log_prob.astype(np.float64)[judged]
        self.probability = probability
        self.ties = None if ties is None else int(ties[judged].sum())

    def undetected(self):
        """Of all samples of the split."""
        missed = np.zeros(self.judged_mask.size, bool)
        missed[self.judged_mask] = ~self.right & self.accepted
        return missed

    def some(self, rows):
        other = object.__new__(Decisions)
        other.__dict__.update(self.__dict__)
        other.score, other.right, other.accepted = self.score[rows], self.right[rows], self.accepted[rows]
        other.log_prob = None if self.log_prob is None else self.log_prob[rows]
        return other


def count_votes(votes, threshold, least):
    """The winner among the votes that count, ties to the greater sum of confidences, then to the
    lower class; of all votes where none counts."""
    n = votes.labels.size
    classes = max(int(votes.predicted.max(initial=0)), 0) + 1
    counts, sums = np.zeros((n, classes), np.int64), np.zeros((n, classes))
    all_counts, all_sums = np.zeros_like(counts), np.zeros_like(sums)
    rows = np.arange(n)
    for vote, sure in zip(votes.predicted, votes.confidence):
        there = vote >= 0
        counted = there if threshold is None else there & (sure >= np.float32(threshold))
        np.add.at(all_counts, (rows[there], vote[there]), 1)
        np.add.at(all_sums, (rows[there], vote[there]), sure[there].astype(np.float64))
        np.add.at(counts, (rows[counted], vote[counted]), 1)
        np.add.at(sums, (rows[counted], vote[counted]), sure[counted].astype(np.float64))

    def winner(count, total):
        most = count.max(axis=1, keepdims=True)
        leading = (count == most) & (most > 0)
        best = np.where(leading, total, -1.0)
        return best.argmax(axis=1), most[:, 0], leading.sum(axis=1) > 1

    label, most, tied = winner(counts, sums)
    label_of_all, _, tied_of_all = winner(all_counts, all_sums)
    none = most == 0
    label, tied = np.where(none, label_of_all, label), np.where(none, tied_of_all, tied)
    mean = sums[rows, label] / np.maximum(most, 1)
    return label, np.where(none, 0.0, most + mean), most >= least, tied


def decide(policy, votes):
    """None for a policy that is not written down here."""
    staged = re.fullmatch(r"staged\(inner=(.*),order=[\d:]*\)", policy)
    if staged:  # exactly the verdicts of what it stages
        return decide(staged[1], votes)
    match = re.fullmatch(r"(\w+)(?:\((.*)\))?", policy)
    if not match:
        return None
    arguments = dict(part.split("=", 1) for part in (match[2] or "").split(",") if "=" in part)
    judged = (votes.labels >= 0) & (votes.predicted >= 0).all(axis=0)
    if match[1] == "mcp":
        sure = votes.confidence[0]
        return Decisions(judged, votes.predicted[0], sure,
                         sure >= np.float32(float(arguments["t"])), votes.labels,
                         votes.log_prob[0], True, np.zeros(sure.size, bool))
    if match[1] == "majority":
        threshold, least = None, len(votes.voters) // 2 + 1
    elif match[1] == "polygraph":
        threshold, least = float(arguments["thr_conf"]), int(float(arguments["thr_freq"]))
    else:
        return None
    label, score, accepted, tied = count_votes(votes, threshold, least)
    return Decisions(judged, label, score, accepted, votes.labels, ties=tied)


def by_the_surest(votes):
    """The policy max: the class and the confidence of the surest voter; of equally sure ones the
    lower class."""
    judged = (votes.labels >= 0) & (votes.predicted >= 0).all(axis=0)
    sure = votes.confidence.max(axis=0)
    beyond = np.iinfo(np.int64).max
    label = np.where(votes.confidence == sure, votes.predicted, beyond).min(axis=0)
    return Decisions(judged, label, sure.astype(np.float64), np.ones(sure.size, bool), votes.labels)


def is_settled(asked, remaining, threshold, least):
    """Whether label and acceptance stand, whatever the voters that remain say. `asked`: class and
    confidence of those that were asked."""
    if remaining == 0:
        return True
    classes = {}
    for label, sure in asked:
        if threshold is None or sure >= threshold:
            count, total = classes.get(label, (0, 0.0))
            classes[label] = count + 1, total + float(max(sure, 0))
    if not classes:
        return False
    leader = min(classes, key=lambda label: (-classes[label][0], -classes[label][1], label))
    count, total = classes[leader]
    others = [(classes[label][0], classes[label][1], label) for label in classes if label != leader]
    # A class that nobody has voted for yet may be below the leader's.
    others.append((0, 0.0, -1 if leader != 0 else 1))
    for other, sure, label in others:
        if other + remaining > count:
            return False
        if other + remaining == count and \
                (sure + remaining > total or (sure + remaining == total and label < leader)):
            return False
    return count >= least or count + remaining < least


def asked_shares(policy, votes):
    """By voter the share of samples for which it is asked; None for a policy that is not written
    down here."""
    n = len(votes.voters)
    name = policy.split("(")[0]
    if name == "mcp":
        return [1.0] + [0.0] * (n - 1)
    staged = re.fullmatch(r"staged\(inner=(\w+)(?:\((.*)\))?,order=([\d:]+)\)", policy)
    if staged is None:
        return [1.0] * n if name in ("majority", "unanimous", "polygraph", "mean", "gmean", "max",
                                     "entropy", "mutual_information") else None
    arguments = dict(part.split("=", 1) for part in (staged[2] or "").split(",") if "=" in part)
    if staged[1] == "polygraph":
        threshold = np.float32(float(arguments["thr_conf"]))
        least = int(float(arguments["thr_freq"]))
    elif staged[1] in ("majority", "unanimous"):
        threshold, least = None, n // 2 + 1 if staged[1] == "majority" else n
    else:
        return None
    order = [int(place) for place in staged[3].split(":")]
    there = (votes.predicted >= 0).all(axis=0)
    times = np.zeros(n, np.int64)
    for labels, sure in zip(votes.predicted.T[there], votes.confidence.T[there]):
        asked = []
        for stage, voter in enumerate(order):
            asked.append((int(labels[voter]), sure[voter]))
            times[voter] += 1
            if is_settled(asked, n - stage - 1, threshold, least):
                break
    return list(times / max(int(there.sum()), 1))


def read_decisions(path, votes):
    rows = list(csv.DictReader(open(path, newline="", encoding="utf-8")))
    if len(rows) != votes.labels.size:
        fail(f"{path} has {len(rows)} samples, the split has {votes.labels.size}")
    judged = np.array([row["verdict"] != "not judged" for row in rows])
    right = np.array([row["predicted"] == row["label"] for row in rows])
    return Decisions(judged, right.astype(int),
                     np.array([float(row["score"] or 0) for row in rows]),
                     np.array([row["accepted"] == "1" for row in rows]), np.ones(len(rows), int),
                     ties=np.array([row["tie"] == "1" for row in rows]))


def curve(score, right):
    """Right and wrong down to each distinct score, strictest first."""
    order = np.argsort(-score, kind="stable")
    rights = np.cumsum(right[order])
    wrongs = np.cumsum(~right[order])
    ends = np.append(np.diff(score[order]) != 0, True)
    return rights[ends].astype(float), wrongs[ends].astype(float)


def metrics(d):
    """By the keys of the metric table."""
    n = d.right.size
    kept, undetected = int((d.right & d.accepted).sum()), int((~d.right & d.accepted).sum())
    caught, rejected = int((~d.right & ~d.accepted).sum()), int((d.right & ~d.accepted).sum())
    found = {"samples": n, "kept_correct": kept, "undetected_mispredictions": undetected,
             "caught_mispredictions": caught, "needlessly_rejected": rejected,
             "not_judged": d.not_judged}
    if d.ties is not None:
        found["ties_broken"] = d.ties
    if n == 0:
        return found
    found.update(accuracy=(kept + rejected) / n, coverage=(kept + undetected) / n,
                 generalized_risk=undetected / n)
    if kept + undetected:
        found["selective_risk"] = undetected / (kept + undetected)
    rights, wrongs = curve(d.score, d.right)
    accepted = rights + wrongs
    risk, coverage = wrongs / accepted, accepted / n
    width = np.diff(coverage, prepend=0.0)
    found["aurc"] = float((width * (risk + np.append(risk[0], risk[:-1])) / 2).sum())
    error = wrongs[-1] / n
    found["e_aurc"] = found["aurc"] - (error + (1 - error) * math.log(1 - error) if error < 1 else 1)
    general = wrongs / n
    found["augrc"] = float((width * (general + np.append(0.0, general[:-1])) / 2).sum())
    below = coverage[risk <= 0.05]
    found["coverage_at_risk_5"] = float(below.max()) if below.size else 0.0
    enough = coverage >= 0.8
    if enough.any():
        found["risk_at_coverage_80"] = float(risk[enough][0])
    if rights[-1] and wrongs[-1]:
        x, y = wrongs / wrongs[-1], rights / rights[-1]
        found["auroc"] = float((np.diff(x, prepend=0.0) * (y + np.append(0.0, y[:-1])) / 2).sum())
        found["fpr95"] = float(x[20 * rights >= 19 * rights[-1]][0])
    if d.probability:
        place = np.clip(np.ceil(d.score * 15).astype(int) - 1, 0, 14)
        gap = np.bincount(place, d.score, 15) - np.bincount(place, d.right.astype(float), 15)
        found["ece"] = float(np.abs(gap).sum() / n)
    if d.log_prob is not None:
        found["nll"] = float(-d.log_prob.mean())
    return found


def resample(first, second, resamples):
    """Metrics of resamples, both policies on the same ones."""
    random = np.random.default_rng(20)
    n, own, base = first.right.size, [], []
    for _ in range(resamples):
        rows = random.integers(0, n, n)
        own.append(metrics(first.some(rows)))
        if second is not None:
            base.append(metrics(second.some(rows)))
    return own, base


class Verifier:
    def __init__(self, report, splits, decisions_file, resamples, conditions, beside):
        self.report, self.source = report, report["source"]
        self.splits = splits
        self.shown = splits[self.source["split"]]
        voters = self.source["voters"]
        self.votes = self.shown.of(voters)
        self.own = decide(self.source["policy"], self.votes)
        if self.own is None and decisions_file:
            self.own = read_decisions(decisions_file, self.votes)
        first = self.source["baseline_voter"]
        self.base = None
        if self.source["baseline"]:
            self.baseline_voters = [first] + [name for name in voters if name != first]
            self.base = decide(self.source["baseline"], self.shown.of(self.baseline_voters))
        self.values, self.pairs = {}, {}
        self.fill(resamples)
        for condition, seen in {"none": splits, **conditions}.items():
            self.fill_stress(condition, seen[self.source["split"]])
        self.fill_choices()
        self.fill_beside(beside)
        self.fill_asked()
        self.fill_certificate()

    def fill_beside(self, files):
        """How well other policies rank, by the same voters."""
        decisions = {"max": by_the_surest(self.votes)}
        decisions.update((name, read_decisions(path, self.votes)) for name, path in files)
        own = metrics(self.own) if self.own is not None else {}
        for name, judged in decisions.items():
            augrc = metrics(judged).get("augrc")
            if augrc is None:
                continue
            self.values[f"beside.{name}.augrc"] = augrc
            if "augrc" in own:
                self.values[f"beside.{name}.augrc_difference"] = augrc - own["augrc"]

    def fill_asked(self):
        for v, share in enumerate(asked_shares(self.source["policy"], self.votes) or []):
            self.values[f"voter.{v + 1}.asked"] = share

    def fill_certificate(self):
        """What was counted where the promise was given, which is the decision's own setting."""
        figures = [f for f in self.report["figures"] if f["id"] == "certificate.samples"]
        sections = [s for s in self.report["sections"] if s["key"] == "certificate"]
        if not figures or "nothing is promised" in json.dumps(sections):
            return
        split = self.report["provenances"][figures[0]["provenance"]]["split"]
        if split not in self.splits:
            return
        there = decide(self.source["policy"], self.splits[split].of(self.source["voters"]))
        if there is None:
            return
        found = metrics(there)
        self.values["certificate.samples"] = found["samples"]
        self.values["certificate.wrong"] = found["undetected_mispredictions"]
        self.values["certificate.accepted"] = \
            found["kept_correct"] + found["undetected_mispredictions"]

    def fill(self, resamples):
        put = self.values.__setitem__
        own = metrics(self.own) if self.own is not None else {}
        base = metrics(self.base) if self.base is not None else {}
        for key, value in own.items():
            put(f"decision.{key}", value)
            if key in base and key not in ("samples", "not_judged", "ties_broken"):
                put(f"difference.{key}", value - base[key])
        for key, value in base.items():
            put(f"baseline.{key}", value)
        if own and base.get("undetected_mispredictions"):
            put("difference.undetected_relative",
                own["undetected_mispredictions"] / base["undetected_mispredictions"] - 1)
        self.fill_voters(put)
        self.fill_selected(put, own)
        self.intervals = {}
        if resamples and self.own is not None:
            paired_base = self.base if self.base is not None and \
                self.base.right.size == self.own.right.size else None
            self.fill_intervals(resamples, paired_base)

    def fill_voters(self, put):
        judged = self.votes.labels >= 0
        judged &= (self.votes.predicted >= 0).all(axis=0)
        hits = (self.votes.predicted == self.votes.labels)[:, judged]
        same = (self.votes.predicted == self.votes.predicted[0]).all(axis=0)[judged]
        if not hits.size:
            return
        self.hits, n = hits, hits.shape[1]
        for v, hit in enumerate(hits):
            put(f"voter.{v + 1}.accuracy", hit.sum() / n)
            if v:
                put(f"voter.{v + 1}.accuracy_difference", (hit.sum() - hits[0].sum()) / n)
        put("agreement.all_right", hits.all(axis=0).sum() / n)
        put("agreement.all_wrong", (~hits.any(axis=0)).sum() / n)
        put("agreement.differ", (~same).sum() / n)
        put("agreement.same_wrong", (same & ~hits[0]).sum() / n)

    def fill_selected(self, put, own):
        from_where = [p.get("selected_on") for p in self.report["provenances"]]
        names = [name for name in from_where if name and name != self.source["split"]]
        if not names or names[0] not in self.splits:
            return
        there = decide(self.source["policy"], self.splits[names[0]].of(self.source["voters"]))
        if there is None:
            return
        for key, value in metrics(there).items():
            put(f"selected.{key}", value)
            if key in own:
                put(f"drift.{key}", own[key] - value)

    def fill_stress(self, condition, seen):
        """Decision and baseline as they are, on what the voters gave under a condition."""
        own = decide(self.source["policy"], seen.of(self.source["voters"]))
        base = decide(self.source["baseline"], seen.of(self.baseline_voters)) \
            if self.source["baseline"] else None
        for whose, decisions in (("", own), ("baseline_", base)):
            if decisions is None:
                continue
            found = metrics(decisions)
            wrong = found["caught_mispredictions"] + found["undetected_mispredictions"]
            values = {"undetected": found["undetected_mispredictions"],
                      "accuracy": found.get("accuracy"), "coverage": found.get("coverage"),
                      "caught": found["caught_mispredictions"] / wrong if wrong else None}
            for key, value in values.items():
                if value is not None:
                    self.values[f"stress.{condition}.{whose}{key}"] = value
        if own is None or base is None:
            return
        both = own.judged_mask & base.judged_mask
        missed, beside = own.undetected()[both], base.undetected()[both]
        name = f"stress.{condition}.difference"
        self.pairs[name] = int((beside & ~missed).sum()), int((missed & ~beside).sum())
        self.values[name] = self.pairs[name][1] - self.pairs[name][0]

    def fill_choices(self):
        """What each choice of voters keeps and misses, at the setting that its provenance has."""
        for figure in self.report["figures"]:
            _, *key = figure["id"].rsplit(".", 1)
            if figure["id"].startswith("subset.") and key[0] == "cost" and \
                    figure["unit"] == "number":  # voters a sample
                where = self.report["provenances"][figure["provenance"]]
                self.values[figure["id"]] = len(where["voters"].split(", "))
            if not figure["id"].startswith("subset.") or \
                    key[0] not in ("kept", "undetected", "undetected_chosen"):
                continue
            where = self.report["provenances"][figure["provenance"]]
            if where["split"] not in self.splits:
                continue
            votes = self.splits[where["split"]].of(where["voters"].split(", "))
            decisions = decide(where["policy"], votes)
            if decisions is not None:
                found = metrics(decisions)
                self.values[figure["id"]] = found["kept_correct" if key[0] == "kept" else
                                                  "undetected_mispredictions"]

    def fill_intervals(self, resamples, base):
        own, bases = resample(self.own, base, resamples)

        def ends(values):
            values = [value for value in values if value is not None]
            return tuple(np.percentile(values, [2.5, 97.5])) if values else None

        for key in metrics(self.own):
            self.intervals[f"decision.{key}"] = ends([one.get(key) for one in own])
            if base is None:
                continue
            self.intervals[f"baseline.{key}"] = ends([one.get(key) for one in bases])
            self.intervals[f"difference.{key}"] = ends(
                [a[key] - b[key] if key in a and key in b else None for a, b in zip(own, bases)])
        if base is not None:
            key = "undetected_mispredictions"
            self.intervals["difference.undetected_relative"] = ends(
                [a[key] / b[key] - 1 if b[key] else None for a, b in zip(own, bases)])

    def interval_of(self, figure):
        """The interval by its definition, or None where it is not computed here."""
        name, kind, n = figure["id"], figure["interval_kind"], figure.get("n", 0)
        if "Wilson" in kind and n:
            if figure["unit"] == "count":
                low, high = wilson(round(self.values[name]), n)
                return low * n, high * n
            return wilson(round(self.values[name] * n), n)
        if name in self.pairs:
            low, high = paired(*self.pairs[name], n)
            return low * n, high * n
        if "Bonett" in kind:
            hit = self.hits[int(name.split(".")[1]) - 1]
            return paired(int((self.hits[0] & ~hit).sum()), int((hit & ~self.hits[0]).sum()), n)
        return self.intervals.get(name)


def close(a, b):
    return abs(a - b) <= 1e-9 + 1e-6 * abs(b)


def check(figure, verifier):
    """yes, no, or why there is nothing to compare."""
    name, value = figure["id"], figure["value"]
    if value is None:
        return "– (has no value)"
    if name not in verifier.values:
        if name.startswith(("decision.", "difference.")) and \
                not any(known.startswith("decision.") for known in verifier.values):
            return "– (its policy needs whole distributions: give --decisions, from export --what decisions)"
        return "– (not made of predictions)"
    if not close(verifier.values[name], value):
        return f"no: {float(verifier.values[name])!r} from the predictions"
    if figure["interval"] is None:
        return "yes"
    interval = verifier.interval_of(figure)
    if interval is None:
        return "yes (its interval is not computed here)"
    low, high = figure["interval"]
    exact = "resamples" not in figure["interval_kind"]
    room = 1e-6 * max(abs(low), abs(high), 1e-3) if exact else 0.2 * (high - low) + 1e-9
    # Counts are whole: a resample's percentile may lie a sample off.
    room = max(room, 1.5 if not exact and figure["unit"] == "count" else 0)
    if abs(low - interval[0]) > room or abs(high - interval[1]) > room:
        return f"no: its interval is {interval[0]:.6g} to {interval[1]:.6g}"
    return "yes"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("report", help="the report as JSON")
    parser.add_argument("predictions", help="what `export --what predictions` wrote, as CSV")
    parser.add_argument("--decisions", help="what `export --what decisions` wrote, for a policy "
                        "that is not written down here")
    parser.add_argument("--under", nargs=2, action="append", default=[],
                        metavar=("CONDITION", "CSV"), help="predictions under a condition")
    parser.add_argument("--beside", nargs=2, action="append", default=[], metavar=("POLICY", "CSV"),
                        help="decisions of a policy beside the report's")
    parser.add_argument("--resamples", type=int, help="for the intervals; 0: values alone")
    options = parser.parse_args()
    try:
        report = json.load(open(options.report, encoding="utf-8"))
        if report.get("source", {}).get("predictions", "classes") == "boxes":
            fail(f"{options.report} is of detectors: verify_detection.py checks it")
        if "source" not in report:
            fail(f"{options.report} is of no run of classes")
        splits = read_predictions(options.predictions, report["source"])
        conditions = {condition: read_predictions(path, report["source"])
                      for condition, path in options.under}
    except json.JSONDecodeError as error:
        fail(f"{options.report} is no JSON, line {error.lineno}: export the report as JSON")
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}")
    except (ValueError, KeyError) as error:
        fail(str(error))
    samples = splits[report["source"]["split"]].labels.size
    resamples = options.resamples if options.resamples is not None else \
        (400 if samples <= LARGE else 40)
    verifier = Verifier(report, splits, options.decisions, resamples, conditions,
                        options.beside)
    answers = {"yes": 0, "no": 0, "–": 0}
    for figure in report["figures"]:
        answer = check(figure, verifier)
        answers[answer.split(" ")[0].rstrip(":")] += 1
        interval = f" [{figure['interval_text']}]" if figure["interval"] else ""
        print(f"{figure['id']}: {figure['text']}{interval}: {answer}")
    print(f"{answers['yes']} yes, {answers['no']} no, {answers['–']} not compared")
    return 1 if answers["no"] or not answers["yes"] else 0


if __name__ == "__main__":
    sys.exit(main())
