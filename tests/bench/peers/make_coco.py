#!/usr/bin/env python3
"""Writes ground truth and detections in COCO's format, of the size of COCO's validation set:
   make_coco.py OUT [--images 5000 --objects 36233 --detections 55838 --classes 80 --seed 1]

Detections are objects moved a little (more so, the less sure they are), some of another class, some
twice, and boxes where nothing is. Scores have three digits, so that there are ties; a percent of the
objects are crowds. Nothing but the standard library is needed.
"""
import argparse
import json
import pathlib
import random


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--objects", type=int, default=36233)
    parser.add_argument("--detections", type=int, default=55838)
    parser.add_argument("--classes", type=int, default=80)
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    rng = random.Random(a.seed)
    a.out.mkdir(parents=True, exist_ok=True)

    images = [{"id": 3 * i + 7, "width": 640, "height": 480, "file_name": f"{3 * i + 7:012d}.jpg"}
              for i in range(a.images)]
    # As in COCO, some classes are far more frequent than others, and ids have gaps.
    classes = [{"id": k + 1 + k // 9, "name": f"class {k}"} for k in range(a.classes)]
    weights = [1 / (1 + k) for k in range(a.classes)]
    objects = []
    for i in range(a.objects):
        w, h = 8 * 2 ** rng.uniform(0, 5.5), 8 * 2 ** rng.uniform(0, 5)
        box = [round(rng.uniform(0, 640 - w), 2), round(rng.uniform(0, 480 - h), 2), round(w, 2),
               round(h, 2)]
        objects.append({"id": i + 1, "image_id": rng.choice(images)["id"],
                        "category_id": rng.choices(classes, weights)[0]["id"], "bbox": box,
                        "area": round(box[2] * box[3] * rng.uniform(0.5, 1), 2),
                        "iscrowd": int(rng.random() < 0.01)})
    detections = []
    for _ in range(a.detections):
        score = round(rng.random(), 3)
        if rng.random() < 0.7:
            found = rng.choice(objects)
            spread = 0.25 * (1.1 - score)
            x, y, w, h = found["bbox"]
            box = [x + w * rng.gauss(0, spread), y + h * rng.gauss(0, spread),
                   w * 2 ** rng.gauss(0, spread), h * 2 ** rng.gauss(0, spread)]
            image, kind = found["image_id"], found["category_id"]
            if rng.random() < 0.15:
                kind = rng.choice(classes)["id"]
        else:
            w, h = 8 * 2 ** rng.uniform(0, 5.5), 8 * 2 ** rng.uniform(0, 5)
            box = [rng.uniform(0, 640 - w), rng.uniform(0, 480 - h), w, h]
            image, kind = rng.choice(images)["id"], rng.choices(classes, weights)[0]["id"]
        detections.append({"image_id": image, "category_id": kind,
                           "bbox": [round(v, 2) for v in box], "score": score})
    truth = {"images": images, "categories": classes, "annotations": objects}
    (a.out / "truth.json").write_text(json.dumps(truth))
    (a.out / "detections.json").write_text(json.dumps(detections))


if __name__ == "__main__":
    main()
