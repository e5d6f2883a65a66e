#!/usr/bin/env python3
"""From JPEG files to predictions with torchvision and a DataLoader.

    pytorch_files.py make OUT [--images 8192]       pictures of 500 × 375 in folders of classes, cards beside traces
    pytorch_files.py enlarge OUT --cifar10 DIR          1,000 photographs of CIFAR-10 at 128 × 128, and cards that shrink them
    pytorch_files.py time OUT --device cuda:0 [--workers 16] [--batch 256] [--networks resnet50,…]

The pictures are of smooth noise, 35 KB or so each, as photographs of that size are. `time` decodes, resizes
the short side to 256, crops 224 × 224, and asks every network, in bfloat16, channels last, eager: once to warm
up, then timed. Prints images/s with the networks and of the loader alone.
"""
import argparse
import concurrent.futures
import json
import pathlib
import tarfile
import time

import numpy as np
import torch
import torchvision
from PIL import Image

from pytorch_users import network

CLASSES = 8


def draw(arguments):
    path, seed = arguments
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (48, 64, 3), np.uint8)).resize((500, 375), Image.BICUBIC)
    noise = random.normal(0, 6, (375, 500, 1))
    picture = np.clip(np.asarray(coarse, np.float32) + noise, 0, 255).astype(np.uint8)
    Image.fromarray(picture).save(path, quality=75)


def make(out, images, names):
    work = []
    for k in range(images):
        folder = out / "pictures" / f"c{k % CLASSES}"
        folder.mkdir(parents=True, exist_ok=True)
        work.append((folder / f"{k:06}.jpg", k))
    with concurrent.futures.ProcessPoolExecutor() as pool:
        list(pool.map(draw, work, chunksize=64))
    print("bytes a picture:", sum(path.stat().st_size for path, _ in work) // images)
    for name in names:
        card = {"schema": 1, "name": name, "task": "classification",
                "input": {"channels": 3, "height": 224, "width": 224, "colour_order": "RGB",
                          "resize": {"kind": "short-side", "size": 256, "interpolation": "bilinear-antialias"},
                          "scale": 1 / 255, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
                "output": {"kind": "logits"}, "classes": [f"c{k}" for k in range(1000)]}
        (out / f"{name}.card.json").write_text(json.dumps(card))


def enlarge(out, cifar10):
    """The first 100 test images of each class, four times as wide, as JPEG with halved chroma: photographs that a
    GPU's decoder takes, with labels that the networks were trained for."""
    taken = {}
    with tarfile.open(cifar10 / "cifar10-jpeg.tar.gz") as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name):
            parts = pathlib.PurePosixPath(member.name).parts
            if not member.isfile() or parts[0] != "test" or taken.get(parts[1], 0) == 100:
                continue
            taken[parts[1]] = taken.get(parts[1], 0) + 1
            folder = out / "photographs" / parts[1]
            folder.mkdir(parents=True, exist_ok=True)
            picture = Image.open(archive.extractfile(member)).convert("RGB").resize((128, 128), Image.BICUBIC)
            picture.save(folder / parts[2], quality=90, subsampling=2)
    for path in sorted(cifar10.glob("resnet*.card.json")):
        card = json.loads(path.read_text())
        card["input"]["resize"] = {"kind": "stretch", "interpolation": "bilinear-antialias"}
        (out / path.name).write_text(json.dumps(card))


def timed(out, device, workers, batch, names):
    steps = torchvision.transforms.Compose([
        torchvision.transforms.Resize(256), torchvision.transforms.CenterCrop(224),
        torchvision.transforms.ToTensor(),
        torchvision.transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
    pictures = torchvision.datasets.ImageFolder(out / "pictures", steps)
    models = [network(name).to(device, torch.bfloat16).to(memory_format=torch.channels_last) for name in names]

    def once(with_networks):
        loader = torch.utils.data.DataLoader(pictures, batch, num_workers=workers, pin_memory=True)
        begin, count = time.perf_counter(), 0
        with torch.inference_mode():
            for images, _ in loader:
                count += len(images)
                if with_networks:
                    images = images.to(device, torch.bfloat16, non_blocking=True)
                    images = images.contiguous(memory_format=torch.channels_last)
                    for model in models:
                        model(images).float().softmax(1).max(1)
        torch.cuda.synchronize()
        return count / (time.perf_counter() - begin)

    once(True)
    print(json.dumps({"way": f"DataLoader, {workers} workers", "images_per_second": once(True),
                      "loader_alone": once(False)}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["make", "enlarge", "time"])
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--cifar10", type=pathlib.Path)
    parser.add_argument("--images", type=int, default=8192)
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--networks", default="resnet50,resnet50_b,resnet18,resnet18_b,resnet18_c")
    words = parser.parse_args()
    names = words.networks.split(",")
    if words.what == "make":
        make(words.out, words.images, names)
    elif words.what == "enlarge":
        enlarge(words.out, words.cifar10)
    else:
        timed(words.out, words.device, words.workers, words.batch, names)


if __name__ == "__main__":
    main()
