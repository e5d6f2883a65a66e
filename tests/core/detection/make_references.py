#!/usr/bin/env python3
"""Writes references.json beside itself: small inputs that are hard on purpose, and what pycocotools
2.0.11, tidecv 1.0.1 and ensemble-boxes 1.0.9 make of them. Run in an environment with those:
   pip install pycocotools==2.0.11 tidecv==1.0.1 ensemble-boxes==1.0.9 && make_references.py

The inputs have crowds, areas on the limits of sizes, equal scores, objects of id 0 and of shared ids,
boxes that are empty or reversed, images with more than 100 detections and objects, classes without
objects. Floats are written so that they read back the same.
"""
import contextlib
import copy
import io
import json
import pathlib
import random
import tempfile

import numpy as np
from ensemble_boxes import nms, non_maximum_weighted, soft_nms, weighted_boxes_fusion
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from tidecv import TIDE
from tidecv.data import Data


def box(rng, odd):
    sizes = [10, 20, 40, 64, 100.5] + ([0, -5] if odd else [])
    return [rng.choice([0, 10, 20.5, 30]), rng.choice([0, 10, 20, 30.25]), rng.choice(sizes),
            rng.choice([10, 20, 45, 100] + ([0] if odd else []))]


def scene(seed):
    rng = random.Random(seed)
    odd = seed % 3 == 0
    images = [{"id": 5 * i + 2, "width": 200, "height": 200, "file_name": f"{i}.jpg"}
              for i in range(rng.randint(1, 6))]
    rng.shuffle(images)
    classes = [{"id": 3 * k + 1, "name": f"class {k}"} for k in range(rng.randint(1, 4))]
    count = rng.choice([3, 20, 60, 150])
    if count == 150:
        images, classes = images[:1], classes[:1]
    objects = []
    for i in range(count):
        objects.append({"id": rng.choice([i, i, i + 1]) if odd else i + seed % 2,
                        "image_id": rng.choice(images)["id"],
                        "category_id": rng.choice(classes[:max(1, len(classes) - 1)])["id"],
                        "bbox": box(rng, odd),
                        "area": rng.choice([5, 1024, 9216, 500, 2000, 100000]),
                        "iscrowd": int(rng.random() < 0.1)})
    detections = []
    for _ in range(rng.choice([1, 40, 200])):
        found = rng.choice(objects)
        where = found["bbox"] if rng.random() < 0.6 else box(rng, odd)
        detections.append({"image_id": found["image_id"],
                           "category_id": found["category_id"] if rng.random() < 0.8
                           else rng.choice(classes)["id"],
                           "bbox": [v + rng.choice([0, 0, 1, 4.5, 9]) for v in where],
                           "score": rng.choice([0.1, 0.2, 0.3, 0.5, 0.9, round(rng.random(), 6)])})
    return {"images": images, "categories": classes, "annotations": objects}, detections


def coco(truth, detections):
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        path = pathlib.Path(folder)
        (path / "t.json").write_text(json.dumps(truth))
        (path / "d.json").write_text(json.dumps(detections))
        known = COCO(str(path / "t.json"))
        evaluation = COCOeval(known, known.loadRes(str(path / "d.json")), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [float(v) for v in evaluation.stats]


def tide(truth, detections):
    known, found = Data("t", max_dets=100), Data("d")
    for image in truth["images"]:
        known.add_image(image["id"], image["file_name"])
    for kind in truth["categories"]:
        known.add_class(kind["id"], kind["name"])
    for o in truth["annotations"]:
        add = known.add_ignore_region if o["iscrowd"] else known.add_ground_truth
        add(o["image_id"], o["category_id"], o["bbox"], None)
    for d in detections:
        found.add_detection(d["image_id"], d["category_id"], d["score"], d["bbox"], None)
    judge = TIDE(pos_threshold=0.5, background_threshold=0.1, mode=TIDE.BOX)
    run = judge.evaluate(known, found, mode=TIDE.BOX)
    errors = judge.get_all_errors()
    return {"ap50": float(run.ap),
            "main": {k: float(v) for k, v in errors["main"]["d"].items()},
            "special": {k: float(v) for k, v in errors["special"]["d"].items()},
            "counts": {k.short_name: v for k, v in run.count_errors().items()}}


def fusion(seed):
    """Boxes of up to four voters in an image of 1 x 1, with scores that are all different, since
    numpy's order of equal ones is its own."""
    rng = random.Random(1000 + seed)
    voters = rng.randint(1, 4)
    scores = [round(0.05 + 0.9 * i / 400, 6) for i in range(400)]
    rng.shuffle(scores)
    seeds = [(rng.random() * 0.7, rng.random() * 0.7, 0.05 + rng.random() * 0.25,
              0.05 + rng.random() * 0.25) for _ in range(8)]
    boxes, values, labels = [], [], []
    for _ in range(voters):
        b, s, l = [], [], []
        for _ in range(rng.randint(1, 24)):
            x, y, w, h = rng.choice(seeds)
            x, y = x + rng.gauss(0, 0.02), y + rng.gauss(0, 0.02)
            b.append([round(v, 4) for v in (x, y, x + w * (1 + rng.gauss(0, 0.1)),
                                            y + h * (1 + rng.gauss(0, 0.1)))])
            s.append(scores.pop())
            l.append(rng.randint(0, 1))
        boxes.append(b), values.append(s), labels.append(l)
    weights = rng.choice([None, [rng.choice([1, 2, 0.5]) for _ in range(voters)]])
    iou, skip = rng.choice([0.4, 0.55, 0.7]), rng.choice([0.0, 0.2])
    clipped = [[[min(max(v, 0), 1) for v in row] for row in b] for b in boxes]

    def plain(result):
        b, s, l = result
        return [[float(v) for v in row] + [float(score), int(label)]
                for row, score, label in zip(b, s, l)]

    def arrays():
        return ([np.array(b) for b in clipped], [np.array(s) for s in values],
                [np.array(l) for l in labels])

    weighted = copy.deepcopy(weights)
    return {"boxes": clipped, "scores": values, "labels": labels, "weights": weights, "iou": iou,
            "skip": skip,
            "wbf": plain(weighted_boxes_fusion(*arrays(), weights=weighted, iou_thr=iou,
                                               skip_box_thr=skip)),
            "nmw": plain(non_maximum_weighted(*arrays(), weights=weighted, iou_thr=iou,
                                              skip_box_thr=skip)),
            "nms": plain(nms(*arrays(), iou_thr=iou, weights=weighted)),
            "soft_nms_linear": plain(soft_nms(*arrays(), method=1, iou_thr=iou, thresh=0.01,
                                              weights=weighted)),
            "soft_nms_gaussian": plain(soft_nms(*arrays(), method=2, sigma=0.5, thresh=0.01,
                                                weights=weighted))}


def main():
    scenes = []
    for seed in range(15):
        truth, detections = scene(seed)
        # tidecv names its run after the data: "d".
        scenes.append({"truth": truth, "detections": detections, "coco": coco(truth, detections),
                       "tide": tide(truth, copy.deepcopy(detections))})
    lines = ["{\"scenes\": ["]
    lines.append(",\n".join(json.dumps(s, separators=(",", ":")) for s in scenes))
    lines.append("], \"fusions\": [")
    lines.append(",\n".join(json.dumps(fusion(s), separators=(",", ":")) for s in range(10)))
    lines.append("],")
    lines.append("\"thresholds\": %s," % json.dumps(list(np.linspace(0.5, 0.95, 10))))
    lines.append("\"recalls\": %s}" % json.dumps(list(np.linspace(0, 1, 101))))
    target = pathlib.Path(__file__).with_name("references.json")
    target.write_text("\n".join(lines) + "\n")
    print(target, target.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
