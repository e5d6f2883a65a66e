#!/usr/bin/env python3
"""How far two runs of the same samples and voters are apart whose images were decoded by different decoders.

    compare_decoders.py HOST.plumb DEVICE.plumb HOST.json DEVICE.json

Prints, by voter, both accuracies and how many predicted classes differ; fails where accuracies differ by more
than 0.2 points, or where both runs have the same decoder.
"""
import json
import pathlib
import re
import struct
import sys

import numpy as np

POINTS = 0.2
SHARD = 2048  # samples a block


def tensor(path, name):
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    entry = json.loads(raw[8:8 + length])[name]
    begin, end = (8 + length + offset for offset in entry["data_offsets"])
    return np.frombuffer(raw[begin:end], {"I32": np.int32}[entry["dtype"]]).reshape(entry["shape"])


def classes(study):
    """Predicted classes, voters × samples: files are named by block and by their place in it."""
    found = []
    for path in (pathlib.Path(study) / "predictions").glob("*.safetensors"):
        block, offset = re.fullmatch(r"[0-9a-f]+-(\d+)(?:-(\d+)-\d+)?\.safetensors", path.name).groups()
        found.append((int(block) * SHARD + int(offset or 0), tensor(path, "class")))
    found.sort(key=lambda item: item[0])
    assert found, f"{study} has no predictions"
    return np.concatenate([rows for _, rows in found], axis=1)


def main():
    first, second = (classes(study) for study in sys.argv[1:3])
    host, device = (json.loads(pathlib.Path(path).read_text()) for path in sys.argv[3:5])
    assert first.shape == second.shape, f"{first.shape} and {second.shape} predictions"
    if host["decoder"] == device["decoder"]:
        sys.exit(f"both runs' images were decoded by {host['decoder']}")
    worst = 0
    for v, (a, b) in enumerate(zip(host["voters"], device["voters"])):
        points = abs(a["accuracy"] - b["accuracy"]) * 100
        worst = max(worst, points)
        print(json.dumps({"voter": a["model"], "accuracy_host": a["accuracy"], "accuracy_device": b["accuracy"],
                          "points_apart": points, "classes_that_differ": int((first[v] != second[v]).sum()),
                          "of": first.shape[1]}))
    kept = worst <= POINTS
    print(json.dumps({"bar": f"accuracies of both decoders within {POINTS} points", "measured": worst,
                      "kept": kept, "host": host["decoder"], "device": device["decoder"]}))
    if not kept:
        sys.exit(1)


if __name__ == "__main__":
    main()
