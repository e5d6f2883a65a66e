#!/usr/bin/env python3
"""Networks of torchvision as users export them, and the same in PyTorch.

    pytorch_users.py make OUT [--networks resnet50,…]            traces, inputs and their logits in float64
    pytorch_users.py time OUT --device cuda:0 --precision bf16 --batch 256,1 [--ways eager,frozen,compiled]
    pytorch_users.py compare OUT LOGITS                           ours against float64

Weights are random, with the statistics of normalisation of a few random batches. A trace is made as users
make it, with the switches as they are when PyTorch starts: allow_tf32 of cuDNN is on, and the trace says so.
Images are of 224 × 224, a detector's of 320 × 320: of retinanet (torchvision's, of a ResNet-50) the network alone, its
boxes and classes of every anchor in one tensor, before anything is chosen from them.
"""
import argparse
import copy
import json
import pathlib
import time

import numpy as np
import torch
import torchvision

ALL = "resnet50,resnet50_b,resnet18,resnet18_b,resnet18_c,vit_b_16,retinanet"
DETECTORS = {"retinanet": 320}


class RawDetector(torch.nn.Module):
    """[batch, anchors, 4 + classes]."""

    def __init__(self, whole):
        super().__init__()
        self.backbone, self.head = whole.backbone, whole.head

    def forward(self, images):
        found = self.head(list(self.backbone(images).values()))
        return torch.cat([found["bbox_regression"], found["cls_logits"]], -1)


def side_of(name):
    return DETECTORS.get(name, 224)


def inputs_file(out, name):
    return out / ("inputs.npy" if name not in DETECTORS else f"inputs-{side_of(name)}.npy")


def detector():
    made = RawDetector(torchvision.models.detection.retinanet_resnet50_fpn(weights=None, weights_backbone=None)).train()
    with torch.no_grad():
        for _ in range(3):
            made.backbone(torch.randn(8, 3, 320, 320))
    return made.eval()


def network(name):
    torch.manual_seed(sum(map(ord, name)))
    if name in DETECTORS:
        return detector()
    model = getattr(torchvision.models, name.split("_")[0] if name.startswith("resnet") else name)
    made = model(weights=None)
    if name.startswith("resnet"):
        made.train()
        with torch.no_grad():
            for _ in range(3):
                made(torch.randn(16, 3, 224, 224))
    else:  # torchvision begins a vision transformer with a head of zeros
        torch.nn.init.normal_(made.heads.head.weight, std=0.02)
    return made.eval()


@torch.no_grad()
def gigaflop_per_image(model, image):
    """Of convolutions and products, two operations a multiplication."""
    from torch.utils.flop_counter import FlopCounterMode
    with FlopCounterMode(display=False) as counter:
        model(image)
    return counter.get_total_flops() / 1e9


def make(out, names):
    torch.manual_seed(1)
    images = {224: torch.randn(8, 3, 224, 224)}
    for name in names:
        side = side_of(name)
        if side not in images:
            images[side] = torch.randn(8, 3, side, side, generator=torch.Generator().manual_seed(2))
        inputs = images[side]
        np.save(inputs_file(out, name), inputs.numpy())
        model = network(name)
        with torch.no_grad():
            torch.jit.trace(model, inputs[:2]).save(str(out / f"{name}.pt"))
            work = gigaflop_per_image(model, inputs[:1])
            np.save(out / f"{name}.float64.npy", model.double()(inputs.double()).numpy())
        print(json.dumps({"network": name, "gigaflop_per_image": work}), flush=True)


def rate(call, images):
    """Milliseconds a call, by the clock on the wall: what is captured may run on a stream of its own."""
    for _ in range(8):
        call(images)
    times = []
    for _ in range(7):
        torch.cuda.synchronize()
        begin = time.perf_counter()
        for _ in range(10):
            call(images)
        torch.cuda.synchronize()
        times.append((time.perf_counter() - begin) * 100)
    return float(np.median(times))


def timed(names, device, precision, batches, ways):
    """What compiles comes last, whatever the network: it may take longer than there is time."""
    kind = {"fp32": torch.float32, "tf32": torch.float32, "bf16": torch.bfloat16}[precision]
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    made = {}
    for way in ways:
        for batch in batches:
            for name in names:
                began = time.time()
                if name not in made:
                    made[name] = network(name)
                side = side_of(name)
                images = torch.randn(batch, 3, side, side, device=device, dtype=kind).to(memory_format=torch.channels_last)
                model = copy.deepcopy(made[name]).to(device, kind).to(memory_format=torch.channels_last)
                if way == "frozen":
                    with torch.no_grad():
                        model = torch.jit.freeze(torch.jit.trace(model, images[:2]))
                elif way == "compiled":
                    torch._dynamo.reset()
                    model = torch.compile(model, mode="reduce-overhead")
                with torch.inference_mode():
                    milliseconds = rate(model, images)
                print(json.dumps({"network": name, "way": way, "precision": precision, "batch": batch,
                                  "milliseconds": milliseconds, "images_per_second": 1000 * batch / milliseconds,
                                  "seconds_until_measured": round(time.time() - began, 1)}), flush=True)


def compare(out, logits):
    for file in sorted(logits.glob("*.npy")):
        right = np.load(out / f"{file.stem}.float64.npy")
        got = np.load(file).astype(np.float64)
        print(json.dumps({"network": file.stem, "of_the_largest_logit":
                          float(np.abs(got - right).max() / np.abs(right).max())}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["make", "time", "compare"])
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("logits", type=pathlib.Path, nargs="?")
    parser.add_argument("--networks", default=ALL)
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--precision", default="bf16")
    parser.add_argument("--batch", default="256")
    parser.add_argument("--ways", default="eager,frozen,compiled")
    words = parser.parse_args()
    names = words.networks.split(",")
    if words.what == "make":
        words.out.mkdir(parents=True, exist_ok=True)
        make(words.out, names)
    elif words.what == "time":
        timed(names, words.device, words.precision, [int(n) for n in words.batch.split(",")],
              words.ways.split(","))
    else:
        compare(words.out, words.logits)


if __name__ == "__main__":
    main()
