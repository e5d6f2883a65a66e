"""How long an exported network takes where Plumbline is not: the plain definition of resources/export with its memory
in rings, and the TorchScript, a step each; replayed from a CUDA graph where it can be captured.

    time_export.py PREFIX --device cuda:0 --precision bf16 --batches 1 32 256

PREFIX.safetensors with PREFIX.architecture.json, and PREFIX.torchscript, are those of `planer export`. Prints lines on
standard error as it goes, and JSON at the end.
"""
import argparse
import json
import pathlib
import statistics
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "resources" / "export"))
import planer_network  # noqa: E402

TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def captured(work):
    """The work as a graph's replay; raises where it cannot be captured."""
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):
            work()
    torch.cuda.current_stream().wait_stream(aside)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    return graph.replay


def milliseconds(work, rounds=15, each=10):
    """Median over rounds of a repetition's time on the device."""
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    times = []
    for _ in range(rounds + 2):
        begin.record()
        for _ in range(each):
            work()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end) / each)
    return statistics.median(times[2:])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("prefix")
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--precision", choices=TYPES, default="bf16")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 32, 256])
    given = parser.parse_args()
    device = torch.device(given.device)
    torch.cuda.set_device(device)
    weights = given.prefix + ".safetensors"
    plain = planer_network.load(weights).to(device, TYPES[given.precision])
    script = torch.jit.load(given.prefix + ".torchscript", map_location=device).to(TYPES[given.precision])
    script.eval()
    length = plain.config["evaluation"]["length"]
    experts = any(name.startswith("experts") for name in plain.options)
    rows = []
    with torch.no_grad():
        for batch in given.batches:
            states = {"plain": plain.begin(batch, length), "TorchScript": script.begin(batch, length)}
            row = {"batch": batch, "length": length, "memory": plain.memory, "precision": given.precision}
            torch.manual_seed(1)
            apart = 0.0
            for _ in range(4):
                tokens = torch.randint(0, plain.config["vocabulary"], (batch, length), device=device)
                a, b = plain.step(tokens, states["plain"]), script.step(tokens, states["TorchScript"])
                apart = max(apart, (a - b).abs().max().nan_to_num(float("inf")).item())
            row["largest_difference"] = apart
            for name, network in (("plain", plain), ("TorchScript", script)):
                state = states[name]

                def work(network=network, state=state):
                    return network.step(tokens, state)

                row[name + "_ms"] = milliseconds(work)
                row[name + "_graph_ms"] = None if experts else milliseconds(captured(work))
            rows.append(row)
            said = lambda ms: "–" if ms is None else f"{ms:.3f}"
            print(f"  elsewhere, batch {batch}: plain {said(row['plain_ms'])} ms, in a graph {said(row['plain_graph_ms'])}; "
                  f"TorchScript {said(row['TorchScript_ms'])}, in a graph {said(row['TorchScript_graph_ms'])}; "
                  f"apart {apart:.2g}", file=sys.stderr, flush=True)
    print(json.dumps({"options": plain.options, "rows": rows}))


if __name__ == "__main__":
    main()
