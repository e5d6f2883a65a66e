#!/usr/bin/env python3
"""The same training in PyTorch eager: a residual network on images in the device's memory.

    pytorch_training.py --images FILE.npy --labels FILE.npy [--depth 20] [--device cuda:0]
                        [--precision fp32|bf16] [--batch 128] [--epochs 2]

FILE.npy: uint8 [samples, height, width, channels] and uint8 [samples]. Shifts of up to 4 pixels and
mirroring are done for a whole batch on the device; SGD with Nesterov's momentum, fused. Prints images
per second of the last epoch.
"""
import argparse
import json
import pathlib
import time

import numpy as np
import torch
import torch.nn.functional as F

from pytorch_eager import ResNet


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=pathlib.Path, required=True)
    parser.add_argument("--labels", type=pathlib.Path, required=True)
    parser.add_argument("--depth", type=int, default=20)
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--epochs", type=int, default=2)
    arguments = parser.parse_args()
    device = torch.device(arguments.device)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    images = torch.from_numpy(np.load(arguments.images)).to(device).permute(0, 3, 1, 2).float() / 255
    labels = torch.from_numpy(np.load(arguments.labels)).long().to(device)
    mean, std = images.mean((0, 2, 3), keepdim=True), images.std((0, 2, 3), keepdim=True)
    images = F.pad((images - mean) / std, (4, 4, 4, 4), mode="replicate")
    net = ResNet((arguments.depth - 2) // 6, images.shape[1], 10, "fc").to(device)
    optimizer = torch.optim.SGD(net.parameters(), 0.1, 0.9, weight_decay=5e-4, nesterov=True, fused=True)
    side = images.shape[2] - 8
    steps = len(images) // arguments.batch
    for _ in range(arguments.epochs):
        torch.cuda.synchronize()
        begin = time.perf_counter()
        order = torch.randperm(len(images), device=device)
        for step in range(steps):
            chosen = order[step * arguments.batch:(step + 1) * arguments.batch]
            down, right = torch.randint(0, 9, (2, len(chosen), 1), device=device)
            mirrored = torch.rand(len(chosen), 1, device=device) < 0.5
            rows = (torch.arange(side, device=device) + down).view(-1, 1, side, 1)
            columns = torch.arange(side, device=device) + right
            columns = torch.where(mirrored, columns.flip(1), columns).view(-1, 1, 1, side)
            channels = torch.arange(images.shape[1], device=device).view(1, -1, 1, 1)
            x = images[chosen.view(-1, 1, 1, 1), channels, rows, columns]
            with torch.autocast("cuda", torch.bfloat16, enabled=arguments.precision == "bf16"):
                loss = F.cross_entropy(net(x), labels[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        torch.cuda.synchronize()
        rate = steps * arguments.batch / (time.perf_counter() - begin)
    print(json.dumps({"images_per_second": rate, "loss": loss.item()}))


if __name__ == "__main__":
    main()
