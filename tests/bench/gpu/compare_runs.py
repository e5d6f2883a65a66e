#!/usr/bin/env python3
"""How far two studies' predictions of the same samples and voters are apart.

    compare_runs.py A.plumb B.plumb RUN_A.json RUN_B.json DECIDE_A.json DECIDE_B.json

Prints accuracies, the largest difference of a probability and the counts of a policy's decisions; fails
where a probability differs by more than 1e-4.
"""
import json
import pathlib
import struct
import sys

import numpy as np


def log_probs(path):
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    entry = json.loads(raw[8:8 + length])["log_probs"]
    begin, end = (8 + length + offset for offset in entry["data_offsets"])
    types = {"F32": np.float32, "F16": np.float16, "F64": np.float64}
    return np.frombuffer(raw[begin:end], types[entry["dtype"]]).reshape(entry["shape"])


def main():
    first, second = (sorted((pathlib.Path(p) / "predictions").glob("*.safetensors")) for p in sys.argv[1:3])
    assert first and [p.name for p in first] == [p.name for p in second], "the studies hold different files"
    worst = different = cells = 0
    for a, b in zip(first, second):
        p, q = np.exp(log_probs(a).astype(np.float64)), np.exp(log_probs(b).astype(np.float64))
        worst = max(worst, np.abs(p - q).max())
        different += int((p.argmax(-1) != q.argmax(-1)).sum())
        cells += p[..., 0].size
    runs = [json.loads(pathlib.Path(p).read_text()) for p in sys.argv[3:5]]
    for a, b in zip(*(run["voters"] for run in runs)):
        print("%s: %.4f, %.4f" % (a["model"], a["accuracy"], b["accuracy"]))
    counts = [json.loads(pathlib.Path(p).read_text()) for p in sys.argv[5:7]]
    for key in ("kept_correct", "undetected_mispredictions", "caught_mispredictions", "needlessly_rejected"):
        print("%s: %d, %d" % (key, counts[0][key], counts[1][key]))
    print("largest difference of a probability %.2e (limit 1e-4); %d of %d predicted classes differ" % (
        worst, different, cells))
    if worst > 1e-4:
        sys.exit("the probabilities differ by more than 1e-4")


if __name__ == "__main__":
    main()
