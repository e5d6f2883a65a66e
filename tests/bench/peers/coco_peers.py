#!/usr/bin/env python3
"""Evaluation and fusion of boxes side by side with their peers, in one run:
   coco_peers.py BENCH_BOX_EVALUATION SCRATCH [--skip-pycocotools]

Makes data of the size of COCO's validation set (make_coco.py: 5,000 images, 36,233 objects, 55,838
boxes) and times "evaluate and accumulate" of pycocotools, hotcoco and ultrafast-pycocotools, whichever
is installed, and ours, in turns; then weighted boxes fusion of four voters against ensemble-boxes.
JSON is read before and stated apart. Needs
   pip install pycocotools==2.0.11 hotcoco==1.3.0 ultrafast-pycocotools ensemble-boxes==1.0.9
"""
import contextlib
import importlib
import io
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import time
from collections import defaultdict


def quiet():
    return contextlib.redirect_stdout(io.StringIO())


def peer(module, truth, detections):
    """A function that evaluates once and gives seconds and figures; None where it is not installed."""
    try:
        if module == "hotcoco":
            from hotcoco import COCO, COCOeval
        else:
            COCO = importlib.import_module(module + ".coco").COCO
            COCOeval = importlib.import_module(module + ".cocoeval").COCOeval
    except ImportError:
        return None
    with quiet():
        known = COCO(str(truth))
        found = known.loadRes(str(detections))

    def once():
        with quiet():
            evaluation = COCOeval(known, found, "bbox")
            begin = time.perf_counter()
            evaluation.evaluate()
            evaluation.accumulate()
            seconds = time.perf_counter() - begin
            evaluation.summarize()
        return seconds, [float(v) for v in evaluation.stats]
    return once


def ours(program, *arguments):
    return json.loads(subprocess.run([program, *map(str, arguments)], check=True,
                                     capture_output=True, text=True).stdout)


def evaluation(program, scratch, skip):
    truth, detections = scratch / "truth.json", scratch / "detections.json"
    peers = {m: peer(m, truth, detections) for m in ("hotcoco", "ultrafast_pycocotools")}
    times, figures = defaultdict(list), {}
    for _ in range(7):
        for name, once in peers.items():
            if once:
                seconds, figures[name] = once()
                times[name].append(seconds * 1e3)
        result = ours(program, "evaluate", truth, detections, 5)
        figures["ours"] = result["values"]
        times["ours"].append(result["median_ms"])
        times["ours, JSON"].append(result["reading_ms"])
    if not skip and (once := peer("pycocotools", truth, detections)):
        seconds, figures["pycocotools"] = once()
        times["pycocotools"].append(seconds * 1e3)
    mine = statistics.median(times["ours"])
    for name, all_times in times.items():
        median = statistics.median(all_times)
        equal = "" if name not in figures or name == "ours" else (
            "equal to the last bit" if figures[name] == figures["ours"] else
            f"differs by {max(abs(a - b) for a, b in zip(figures[name], figures['ours'])):.1e}")
        print(f"{name:24} {median:10.1f} ms  {median / mine:7.1f} x ours  {equal}")


def fusion(program, scratch):
    try:
        from ensemble_boxes import weighted_boxes_fusion
    except ImportError:
        weighted_boxes_fusion = None  # ours alone is timed
    rng = random.Random(3)
    detections = json.loads((scratch / "detections.json").read_text())
    images = sorted({d["image_id"] for d in detections})[:1000]
    chosen = set(images)
    files, by_image = [], defaultdict(lambda: [([], [], []) for _ in range(4)])
    for voter in range(4):
        rows = []
        for d in detections:
            if d["image_id"] not in chosen:
                continue
            x, y, w, h = (v + rng.gauss(0, 2) for v in d["bbox"])
            x, y, w, h = max(x, 0), max(y, 0), max(w, 2), max(h, 2)
            w, h = min(w, 640 - x), min(h, 480 - y)
            rows.append({"image_id": d["image_id"], "category_id": d["category_id"],
                         "bbox": [x, y, w, h], "score": d["score"] * rng.uniform(0.8, 1)})
            lists = by_image[d["image_id"]][voter]
            lists[0].append([x / 640, y / 480, (x + w) / 640, (y + h) / 480])
            lists[1].append(rows[-1]["score"])
            lists[2].append(d["category_id"])
        files.append(scratch / f"voter-{voter}.json")
        files[-1].write_text(json.dumps(rows))
    result = ours(program, "fuse", scratch / "truth.json", "wbf(count=boxes)", *files)
    print(f"ours, WBF of 4 voters    {result['median_ms']:10.1f} ms  {result['boxes']} boxes")
    if weighted_boxes_fusion is None:
        return
    begin = time.perf_counter()
    count = 0
    for image in images:
        boxes, scores, labels = zip(*by_image[image])
        keep = [i for i in range(4) if boxes[i]]
        count += len(weighted_boxes_fusion([boxes[i] for i in keep], [scores[i] for i in keep],
                                           [labels[i] for i in keep], iou_thr=0.55)[0])
    peer_ms = (time.perf_counter() - begin) * 1e3
    print(f"ensemble-boxes WBF       {peer_ms:10.1f} ms  {count} boxes; ours is "
          f"{peer_ms / result['median_ms']:.0f} x faster")


def main():
    program, scratch = sys.argv[1], pathlib.Path(sys.argv[2])
    maker = pathlib.Path(__file__).with_name("make_coco.py")
    if not (scratch / "detections.json").exists():
        subprocess.run([sys.executable, str(maker), str(scratch)], check=True)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    evaluation(program, scratch, "--skip-pycocotools" in sys.argv)
    fusion(program, scratch)


if __name__ == "__main__":
    main()
