#!/usr/bin/env python3
"""ResNet-50 as TorchScript and as .pt2 packages, and torch.compile beside them. Needs torch alone.

    pytorch_package.py make OUT [--packages 1:4096+1,1,256] [--precision bf16]     traces, packages, inputs
    pytorch_package.py time OUT --batch 256 [--ways max-autotune-no-cudagraphs,reduce-overhead]
    pytorch_package.py table OUT                                                 what was measured, with ratios

Weights are random, with the statistics of normalisation of a few random batches. Ours is measured by
bench_users_networks (run_pt2 does all of it); what is there already in OUT is not made again.
"""
import argparse
import json
import pathlib
import sys
import time

import numpy as np
import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "resources/export"))

BAR = 0.97
TYPES = {"fp32": torch.float32, "tf32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


class Bottleneck(nn.Module):
    def __init__(self, before, width, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(before, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, 4 * width, 1, bias=False), nn.BatchNorm2d(4 * width)
        self.relu, self.downsample = nn.ReLU(inplace=True), None
        if stride != 1 or before != 4 * width:
            self.downsample = nn.Sequential(nn.Conv2d(before, 4 * width, 1, stride=stride, bias=False),
                                            nn.BatchNorm2d(4 * width))

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet50(nn.Module):
    """As torchvision has it (He et al. 2015, the stride in the 3 × 3 convolution)."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1, self.relu, self.maxpool = nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)
        before = 64
        for i, (width, blocks) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)]):
            layer = []
            for block in range(blocks):
                layer.append(Bottleneck(before, width, 2 if block == 0 and i > 0 else 1))
                before = 4 * width
            setattr(self, f"layer{i + 1}", nn.Sequential(*layer))
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(2048, 1000)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


@torch.no_grad()
def network(device):
    torch.manual_seed(50)
    made = ResNet50().train()
    inputs = [torch.randn(16, 3, 224, 224) for _ in range(3)]
    made = made.to(device)
    for batch in inputs:
        made(batch.to(device))
    return made.eval().cpu()


def package_name(batch):
    return f"resnet50-{batch.replace(':', '-')}.pt2"


def make(out, words):
    from export_package import write_package
    out.mkdir(parents=True, exist_ok=True)
    model = network(words.device)
    torch.manual_seed(1)
    inputs = torch.randn(8, 3, 224, 224)
    if not (out / "inputs.npy").exists():
        np.save(out / "inputs.npy", inputs.numpy())
    if not (out / "resnet50.pt").exists():
        with torch.no_grad():
            torch.jit.trace(model, inputs[:2]).save(str(out / "resnet50.pt"))
    card = {"schema": 1, "name": "resnet50", "task": "classification",
            "input": {"channels": 3, "height": 224, "width": 224, "colour_order": "RGB",
                      "resize": {"kind": "stretch"}, "scale": 1 / 255, "mean": [0.5] * 3, "std": [0.25] * 3},
            "output": {"kind": "logits"}, "classes": []}
    for batch in words.packages.split(","):
        file = out / package_name(batch)
        if file.exists():
            continue
        began = time.time()
        arguments = argparse.Namespace(batch=batch, device=torch.device(words.device).type, fast=words.fast, unfolded=words.unfolded,
                                       precision=words.precision, output=file, tuned_for=None)
        difference = write_package(model.float().cpu(), card, arguments)
        print(json.dumps({"package": file.name, "differs": difference, "seconds": round(time.time() - began, 1)}),
              flush=True)


def milliseconds(call, images, gpu):
    for _ in range(8):
        call(images)
    times = []
    for _ in range(7):
        if gpu:
            torch.cuda.synchronize()
        begin = time.perf_counter()
        for _ in range(10):
            call(images)
        if gpu:
            torch.cuda.synchronize()
        times.append((time.perf_counter() - begin) * 100)
    return float(np.median(times))


def timed(out, words):
    kind, device = TYPES[words.precision], torch.device(words.device)
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = words.precision == "tf32"
    images = torch.randn(words.batch, 3, 224, 224).to(device, kind).to(memory_format=torch.channels_last)
    for way in words.ways.split(","):
        began = time.time()
        torch._dynamo.reset()
        model = network(device).to(device, kind).to(memory_format=torch.channels_last)
        if way != "eager":
            model = torch.compile(model, mode=way)
        with torch.inference_mode():
            taken = milliseconds(model, images, device.type == "cuda")
        line = json.dumps({"way": way, "precision": words.precision, "batch": words.batch, "milliseconds": taken,
                           "images_per_second": 1000 * words.batch / taken,
                           "seconds_until_measured": round(time.time() - began, 1)})
        print(line, flush=True)
        with open(out / f"peer-{words.precision}-{words.batch}.jsonl", "a") as stream:
            stream.write(line + "\n")


def table(out, words):
    """Ours against the fastest of torch.compile, batch by batch."""
    for file in sorted(out.glob(f"ours-{words.precision}-*.jsonl"), key=lambda f: int(f.stem.split("-")[-1])):
        batch = int(file.stem.split("-")[-1])
        ours = [json.loads(line) for line in file.read_text().splitlines()]
        peers_file = out / f"peer-{words.precision}-{batch}.jsonl"
        peers = [json.loads(line) for line in peers_file.read_text().splitlines()] if peers_file.exists() else []
        rates = {peer["way"]: peer["images_per_second"] for peer in peers}  # the last of each counts
        compiled = {way: rate for way, rate in rates.items() if way != "eager"}
        best = max(compiled.values(), default=None)
        for way, rate in rates.items():
            print(f"batch {batch:4}: PyTorch {way:28} {rate:10.0f} images/s")
        for row in ours:
            ratio = row["images_per_second"] / best if best else float("nan")
            note = f"; {row['remark']}" if row["remark"] else ""
            judged = "" if not row["network"].startswith("resnet50-") or not best else \
                f" (bar {BAR}: {'met' if ratio >= BAR else 'not met'})"
            print(f"batch {batch:4}: ours {row['network']:31} {row['images_per_second']:10.0f} images/s, "
                  f"{ratio:.3f} × torch.compile's best{judged}{note}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["make", "time", "table"])
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--packages", default="1:4096+1,1,256")
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--precision", default="bf16")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--ways", default="max-autotune-no-cudagraphs,reduce-overhead")
    parser.add_argument("--fast", action="store_true", help="packages without the compiler's own timing")
    parser.add_argument("--unfolded", action="store_true", help="packages with normalisation beside convolutions")
    words = parser.parse_args()
    {"make": make, "time": timed, "table": table}[words.what](words.out, words)


if __name__ == "__main__":
    main()
