#!/usr/bin/env python3
"""The same work in PyTorch eager: residual networks × views of images in memory.

    pytorch_eager.py --images FILE.npy --weights A.safetensors,B.safetensors [--device cuda:0]
                     [--precision fp32|tf32|bf16] [--batch 512] [--repeats 3]

FILE.npy: uint8 [samples, height, width, channels]. The views (identity, flip_x, gamma=0.8,
brightness=0.1) are made as test-time augmentation libraries make them, one tensor operation each, on
the network's input. Each card lies beside its weights. Prints images per second of the best repeat and
how many samples each network put into each class, so that equal work can be told.
"""
import argparse
import json
import pathlib
import struct
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def read_safetensors(path):
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8:8 + length])
    types = {"F32": np.float32, "F16": np.float16}
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        array = np.frombuffer(raw[begin:end], types[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(array.astype(np.float32))
    return tensors


class Block(nn.Module):
    def __init__(self, before, after, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        self.stride, self.added = stride, after - before

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.added:
            half = self.added // 2
            x = F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, half, half))
        return F.relu(y + x)


class ResNet(nn.Module):
    def __init__(self, blocks, channels, classes, head):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        before = 16
        for stage, width in enumerate((16, 32, 64)):
            layers = []
            for i in range(blocks):
                layers.append(Block(before, width, 2 if stage and i == 0 else 1))
                before = width
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        setattr(self, head, nn.Linear(64, classes))
        self.head = head

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return getattr(self, self.head)(x.mean((2, 3)))


def load(path):
    card = json.loads(path.with_suffix(".card.json").read_text())
    tensors = read_safetensors(path)
    head = "fc" if "fc.weight" in tensors else "linear"
    blocks = (int(card["architecture"].removeprefix("resnet")) - 2) // 6
    net = ResNet(blocks, card["input"]["channels"], len(card["classes"]), head)
    missing = net.load_state_dict(tensors, strict=False).missing_keys
    assert all(key.endswith("num_batches_tracked") for key in missing), missing
    return net.eval(), card


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=pathlib.Path, required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--limit", type=int, default=None)
    arguments = parser.parse_args()
    device = torch.device(arguments.device)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = arguments.precision == "tf32"
    dtype = torch.bfloat16 if arguments.precision == "bf16" else torch.float32
    nets = [load(pathlib.Path(path)) for path in arguments.weights.split(",")]
    images = torch.from_numpy(np.load(arguments.images)[:arguments.limit]).permute(0, 3, 1, 2).contiguous()

    def column(values):
        return torch.tensor(values, device=device).view(-1, 1, 1)

    prepared = [(net.to(device, dtype), column(card["input"]["mean"]), column(card["input"]["std"]))
                for net, card in nets]
    views = [lambda x: x, lambda x: x.flip(3), lambda x: x ** 0.8, lambda x: (x + 0.1).clamp(0, 1)]

    @torch.inference_mode()
    def everything(count):
        votes = []
        for begin in range(0, count, arguments.batch):
            x = images[begin:begin + arguments.batch].to(device, non_blocking=True).float() / 255
            part = []
            for net, mean, std in prepared:
                for view in views:
                    part.append(net(((view(x) - mean) / std).to(dtype)).float().softmax(1).max(1))
            votes.append([(p.values.cpu(), p.indices.cpu()) for p in part])
        if device.type == "cuda":
            torch.cuda.synchronize()
        return votes

    everything(min(len(images), 2 * arguments.batch))
    best = None
    for _ in range(arguments.repeats):
        begin = time.perf_counter()
        votes = everything(len(images))
        seconds = time.perf_counter() - begin
        best = seconds if best is None else min(best, seconds)
    classes = [torch.bincount(torch.cat([batch[v][1] for batch in votes]), minlength=10).tolist()
               for v in range(len(prepared) * len(views))]
    print(json.dumps({"samples": len(images), "seconds": best, "images_per_second": len(images) / best,
                      "voters": len(classes), "device": arguments.device,
                      "precision": arguments.precision, "batch": arguments.batch, "classes": classes}))


if __name__ == "__main__":
    main()
