#!/usr/bin/env python3
"""Computes the figures of a detection report's JSON anew, and prints each with yes or no.

    # as the report's reproduction section lists them, one file a voter and one of the decision
    plumbline-engine export STUDY --run RUN --what detections --format coco --voters V -o v1.json
    plumbline-engine fuse boxes --detections v1.json,v2.json --fusion FUSION -o decision.json
    python3 verify_detection.py report.json instances.json decision.json v1.json v2.json

Needs Python 3 with numpy, and neither Plumbline nor pycocotools: matching and accumulation are
written down here once more (T.-Y. Lin et al., 2014). What is not computed here (corrected figures,
kinds of errors, intervals of resampled images) is listed apart.

Ends with 0 where nothing is wrong, with 1 where a figure is, with 2 where a file is.
"""
import argparse
import collections
import json
import sys

import numpy as np

THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)
SIZES = {"": (0, 1e10), "s": (0, 32 ** 2), "m": (32 ** 2, 96 ** 2), "l": (96 ** 2, 1e10)}
MOST = 100  # detections of a class and an image


def fail(words):
    print(f"verify_detection: {words}", file=sys.stderr)
    sys.exit(2)


def overlaps(boxes, objects, crowd):
    """Of each box with each object; with a crowd the share of the box that lies in it."""
    boxes, objects = np.asarray(boxes, float).reshape(-1, 4), np.asarray(objects, float).reshape(-1, 4)
    low = np.maximum(boxes[:, None, :2], objects[None, :, :2])
    high = np.minimum((boxes[:, :2] + boxes[:, 2:])[:, None], (objects[:, :2] + objects[:, 2:])[None])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    own = boxes[:, 2:].prod(axis=1)[:, None]
    union = np.where(np.asarray(crowd, bool)[None], own,
                     own + objects[:, 2:].prod(axis=1)[None] - shared)
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


class Truth:
    def __init__(self, path):
        content = json.load(open(path, encoding="utf-8"))
        self.images = sorted(image["id"] for image in content["images"])
        self.classes = sorted(category["id"] for category in content["categories"])
        self.objects = collections.defaultdict(list)
        for entry in content["annotations"]:
            self.objects[entry["image_id"], entry["category_id"]].append(entry)
        self.counted = sum(not entry.get("iscrowd", 0) and not entry.get("ignore", 0)
                           for entry in content["annotations"])


def read_boxes(path):
    boxes = collections.defaultdict(list)
    for box in json.load(open(path, encoding="utf-8")):
        boxes[box["image_id"], box["category_id"]].append(box)
    for key, some in boxes.items():
        boxes[key] = sorted(some, key=lambda box: -box["score"])  # stable
    return boxes


def match(boxes, objects, shared, ignored, threshold):
    """Each box, surest first, takes the free object that it overlaps most, one that is ignored only
    where no other can be had; of equal ones the later. Returns the object of each box, or -1."""
    order = sorted(range(len(objects)), key=lambda o: ignored[o])
    taken, found = set(), []
    for d in range(len(boxes)):
        best, place = min(threshold, 1 - 1e-10), -1
        for o in order:
            if o in taken and not objects[o].get("iscrowd", 0):
                continue
            if place >= 0 and not ignored[place] and ignored[o]:
                break
            if shared[d, o] < best:
                continue
            best, place = shared[d, o], o
        if place >= 0:
            taken.add(place)
        found.append(place)
    return found


def average_precision(truth, boxes):
    """AP of each size, and AP50 and AP75."""
    precisions = {size: [] for size in SIZES}
    for category in truth.classes:
        pairs = []
        for image in truth.images:
            some, objects = boxes.get((image, category), [])[:MOST], truth.objects.get((image, category), [])
            if some or objects:
                crowd = [entry.get("iscrowd", 0) for entry in objects]
                pairs.append((some, objects, overlaps([b["bbox"] for b in some],
                                                      [o["bbox"] for o in objects], crowd)))
        for size, (low, high) in SIZES.items():
            curve = class_precision(pairs, low, high)
            if curve is not None:
                precisions[size].append(curve)
    figures = {}
    for size, curves in precisions.items():
        if curves:
            curves = np.array(curves)  # class, threshold, recall
            figures["AP" + size] = curves.mean()
            if not size:
                figures["AP50"], figures["AP75"] = curves[:, 0].mean(), curves[:, 5].mean()
    return figures


def class_precision(pairs, low, high):
    scores, hits, out, count = [], [], [], 0
    for some, objects, shared in pairs:
        ignored = [bool(o.get("iscrowd", 0)) or not low <= o["area"] <= high for o in objects]
        count += len(objects) - sum(ignored)
        scores += [box["score"] for box in some]
        beyond = [not low <= b["bbox"][2] * b["bbox"][3] <= high for b in some]
        for d, places in enumerate(zip(*(match(some, objects, shared, ignored, t)
                                         for t in THRESHOLDS))):
            # An object of id 0 counts as none: pycocotools' way.
            hits.append([o >= 0 and objects[o]["id"] != 0 for o in places])
            out.append([ignored[o] if hits[-1][t] else beyond[d] for t, o in enumerate(places)])
    if count == 0:
        return None
    curve = np.zeros((THRESHOLDS.size, RECALLS.size))
    if not scores:
        return curve
    order = np.argsort(-np.array(scores), kind="mergesort")
    hits, out = np.array(hits)[order].T, np.array(out)[order].T
    for t in range(THRESHOLDS.size):
        right = np.cumsum(hits[t] & ~out[t]).astype(float)
        wrong = np.cumsum(~hits[t] & ~out[t]).astype(float)
        precision = right / (right + wrong + np.spacing(1))
        precision = np.maximum.accumulate(precision[::-1])[::-1]
        places = np.searchsorted(right / count, RECALLS, side="left")
        inside = places < precision.size
        curve[t, inside] = precision[places[inside]]
    return curve


def accepted(truth, boxes, overlap, score):
    """The objects that boxes of at least this score find, and how many boxes find nothing."""
    found, wrong = set(), 0
    for (image, category), some in boxes.items():
        objects = truth.objects.get((image, category), [])
        some = [box for box in some if np.float32(box["score"]) >= np.float32(score)]
        passed = [bool(o.get("iscrowd", 0) or o.get("ignore", 0)) for o in objects]
        shared = overlaps([b["bbox"] for b in some], [o["bbox"] for o in objects],
                          [o.get("iscrowd", 0) for o in objects])
        # What is passed over takes any number of boxes.
        free = [dict(entry, iscrowd=1) if passed[i] else entry for i, entry in enumerate(objects)]
        for place in match(some, free, shared, passed, overlap):
            if place < 0:
                wrong += 1
            elif not passed[place]:
                found.add((image, category, place))
    return found, wrong


def compute(source, truth, lists):
    values = {}
    for name, boxes in lists.items():
        for key, value in average_precision(truth, boxes).items():
            values[f"{name}.{key}"] = value
    found, wrong = accepted(truth, lists["detection"], source["overlap"], source["score"])
    values.update({"detection.objects": truth.counted, "detection.found": len(found),
                   "detection.undetected": truth.counted - len(found),
                   "detection.false_detections": wrong})
    finders = collections.Counter()
    for name, boxes in lists.items():
        if name != "detection":
            finders.update(accepted(truth, boxes, source["overlap"], source["score"])[0])
    by_count = collections.Counter(finders.values())
    for k in range(1, len(lists)):
        values[f"detection.found_by_{k}"] = by_count[k]
    values["detection.found_by_0"] = truth.counted - len(finders)
    best = max(values.get(f"{name}.AP", -1) for name in lists if name != "detection")
    values["detection.ap_difference"] = values.get("detection.AP", 0) - best
    return values


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("report", help="the report as JSON")
    parser.add_argument("truth", help="COCO's instances JSON")
    parser.add_argument("decision", help="the decision's boxes, COCO's results JSON")
    parser.add_argument("voters", nargs="+", help="each voter's boxes, in the report's order")
    options = parser.parse_args()
    try:
        report = json.load(open(options.report, encoding="utf-8"))
        source = report.get("source", {})
        if source.get("predictions") != "boxes":
            fail(f"{options.report} is of no run of boxes")
        if len(options.voters) != len(source["voters"]):
            fail(f"the report has {len(source['voters'])} voters")
        truth = Truth(options.truth)
        lists = {"detection": read_boxes(options.decision)}
        for v, path in enumerate(options.voters):
            lists[f"detector.{v + 1}"] = read_boxes(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        fail(str(error))
    values = compute(source, truth, lists)
    answers = {"yes": 0, "no": 0, "–": 0}
    for figure in report["figures"]:
        name, value = figure["id"], figure["value"]
        if value is None or name not in values:
            answer = "– (not computed here)"
        elif abs(values[name] - value) <= 1e-9 + 1e-6 * abs(value):
            answer = "yes" if figure["interval"] is None else "yes (its interval is not computed here)"
        else:
            answer = f"no: {values[name]!r} from the boxes"
        answers[answer.split(" ")[0].rstrip(":")] += 1
        print(f"{name}: {figure['text']}: {answer}")
    print(f"{answers['yes']} yes, {answers['no']} no, {answers['–']} not computed here")
    return 1 if answers["no"] or not answers["yes"] else 0


if __name__ == "__main__":
    sys.exit(main())
