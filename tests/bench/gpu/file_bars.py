#!/usr/bin/env python3
"""What run_from_files has measured, as lines and bars.

    file_bars.py one RUN.json     a run's line
    file_bars.py bars OUT         the bars of OUT/files-*.jsonl: 2.5 × the DataLoader, or 80 % of what bounds the run
"""
import json
import pathlib
import sys

TIMES, SHARE = 2.5, 0.8


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def one(run):
    print(json.dumps({"way": "ours, " + run["decoder"], "images_per_second": run["samples"] / run["computing_seconds"],
                      "with_loading_of_models": run["samples"] / run["seconds"], "decoding": run.get("decoding"),
                      "voters": [[v["model"], v["latency_ms"]] for v in run["voters"]]}))


def ceilings(out):
    """What could bound a run by the GPU's decoder, images/s by name."""
    found = {line["way"]: line["images_per_second"] for line in lines(out / "files-loading.jsonl") if "way" in line}
    wanted = {way: rate for way, rate in found.items() if way.startswith(("nvJPEG", "files read"))}
    networks = [line["images_per_second"] for line in lines(out / "files-networks.jsonl")
                if "images_per_second" in line]
    if networks:
        wanted["the networks alone"] = 1 / sum(1 / rate for rate in networks)
    return wanted


def bars(out):
    ours = lines(out / "files-ours.jsonl")
    device = max((line["images_per_second"] for line in ours if "nvJPEG" in line["way"]), default=0)
    host = max((line["images_per_second"] for line in ours if "nvJPEG" not in line["way"]), default=0)
    peer = max((line["images_per_second"] for line in lines(out / "files-peer.jsonl")), default=0)
    for way, rate in (("the GPU's decoder", device), ("the host's decoder", host)):
        if rate and peer:
            print(json.dumps({"bar": f"{TIMES} × the DataLoader, by {way}", "measured": rate / peer,
                              "kept": rate >= TIMES * peer}))
    limits = ceilings(out)
    kept = peer > 0 and device >= TIMES * peer
    if limits:
        name = min(limits, key=limits.get)
        share = device / limits[name]
        print(json.dumps({"bar": f"{SHARE:.0%} of what bounds it", "bound": name, "ceiling": limits[name],
                          "measured": share, "kept": share >= SHARE, "all": limits}))
        kept = kept or share >= SHARE
    if not kept:
        sys.exit("neither bar is kept by the GPU's decoder")


def main():
    if sys.argv[1] == "one":
        one(json.loads(pathlib.Path(sys.argv[2]).read_text()))
    else:
        bars(pathlib.Path(sys.argv[2]))


if __name__ == "__main__":
    main()
