#!/usr/bin/env python3
"""Trains the demo's members: small residual networks on Fashion-MNIST, one view each.

PolygraphMR (DSN 2020) trains member i on view i. Until the product's own trainer takes over, this
script does it with PyTorch. Needs torch and numpy and about four minutes on a GPU:

    python resources/demo/train_members.py --data FOLDER --out resources/demo/members

FOLDER holds Fashion-MNIST's four original .gz files. The last 5,000 training images are held out
and only measured, nothing is chosen by them. Seeds are fixed; other devices round differently.
"""
import argparse
import gzip
import json
import pathlib
import struct

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

CLASSES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
           "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
COMMAND = "python resources/demo/train_members.py --data FOLDER --out resources/demo/members"
MEAN, STD = 0.286, 0.353
MEMBERS = [  # name, blocks a stage, seed, view
    ("resnet20-a", 3, 1, "identity"),
    ("resnet20-b", 3, 2, "flip_x"),
    ("resnet20-c", 3, 3, "gamma=0.8"),
    ("resnet32-d", 5, 4, "identity"),
]
EPOCHS, BATCH, HELD_OUT = 24, 256, 5000


def read_idx(path):
    with gzip.open(path) as f:
        data = f.read()
    dims = data[3]
    shape = struct.unpack(">" + "I" * dims, data[4:4 + 4 * dims])
    return torch.from_numpy(np.frombuffer(data, np.uint8, offset=4 + 4 * dims).reshape(shape).copy())


class Block(nn.Module):
    def __init__(self, channels_in, channels_out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels_out)
        self.stride, self.added = stride, channels_out - channels_in

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.added:  # shortcut A: every second pixel, new channels filled with zeros
            x = F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, self.added // 2, self.added // 2))
        return F.relu(y + x)


class ResNet(nn.Module):
    def __init__(self, blocks):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        channels = 16
        for stage, width in enumerate((16, 32, 64)):
            layers = []
            for i in range(blocks):
                layers.append(Block(channels, width, 2 if stage and i == 0 else 1))
                channels = width
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.linear = nn.Linear(64, 10)
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(module.weight)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))


def see(images, view):
    """A view of grey images (uint8, N×28×28), normalised as the card says."""
    x = images.float()
    if view == "flip_x":
        x = x.flip(2)
    if view.startswith("gamma="):
        x = 255 * (x / 255) ** float(view[6:])
    return ((x / 255 - MEAN) / STD).unsqueeze(1)


def augment(x, flip, generator):
    """Random crops with two pixels of background around, mirrored by chance."""
    n, device = len(x), x.device
    padded = F.pad(x, (2, 2, 2, 2), value=-MEAN / STD)
    top = torch.randint(0, 5, (n,), generator=generator, device=device)
    left = torch.randint(0, 5, (n,), generator=generator, device=device)
    span = torch.arange(28, device=device)
    x = padded[torch.arange(n, device=device)[:, None, None], 0,
               (top[:, None] + span)[:, :, None], (left[:, None] + span)[:, None, :]].unsqueeze(1)
    if flip:
        mirrored = torch.rand(n, generator=generator, device=device) < 0.5
        x = torch.where(mirrored[:, None, None, None], x.flip(3), x)
    return x


@torch.no_grad()
def probabilities(net, x):
    net.eval()
    return torch.cat([net(part).softmax(1) for part in x.split(1000)])


def train(blocks, seed, view, images, labels, epochs, device):
    torch.manual_seed(seed)
    generator = torch.Generator(device).manual_seed(seed)
    net = ResNet(blocks).to(device)
    decay = [p for p in net.parameters() if p.dim() > 1]
    rest = [p for p in net.parameters() if p.dim() <= 1]
    optimizer = torch.optim.SGD([{"params": decay, "weight_decay": 5e-4}, {"params": rest}],
                                lr=0.1, momentum=0.9, nesterov=True)
    steps = epochs * (len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.2, total_steps=steps, pct_start=0.2)
    x = see(images, view)
    for epoch in range(epochs):
        net.train()
        order = torch.randperm(len(x), generator=generator, device=device)
        for part in order[:len(x) // BATCH * BATCH].split(BATCH):
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
                loss = F.cross_entropy(net(augment(x[part], view == "identity", generator)), labels[part])
            loss.backward()
            optimizer.step()
            schedule.step()
        print(f"  epoch {epoch + 1}, loss {loss.item():.3f}", flush=True)
    return net.eval()


def save_safetensors(path, tensors):
    header, offset = {}, 0
    for name, tensor in tensors.items():
        size = tensor.numel() * 4
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            f.write(tensor.contiguous().cpu().numpy().astype("<f4").tobytes())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--limit", type=int, default=None, help="training images, for a quick try")
    arguments = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.backends.cudnn.deterministic = True
    arguments.out.mkdir(parents=True, exist_ok=True)
    read = lambda name: read_idx(arguments.data / f"{name}.gz").to(device)
    images, labels = read("train-images-idx3-ubyte"), read("train-labels-idx1-ubyte").long()
    test, test_labels = read("t10k-images-idx3-ubyte"), read("t10k-labels-idx1-ubyte").long()
    train_images, train_labels = images[:-HELD_OUT][:arguments.limit], labels[:-HELD_OUT][:arguments.limit]
    held, held_labels = images[-HELD_OUT:], labels[-HELD_OUT:]

    total = 0
    for name, blocks, seed, view in MEMBERS:
        print(f"{name}: {view}, seed {seed}", flush=True)
        net = train(blocks, seed, view, train_images, train_labels, arguments.epochs, device).float()
        accuracy = lambda x, y: (probabilities(net, x).argmax(1) == y).float().mean().item()
        validation = accuracy(see(held, view), held_labels)
        print(f"  held out {validation:.4f}", *(
            f"test {v} {accuracy(see(test, v), test_labels):.4f}" for v in ("identity", "flip_x", "gamma=0.8")),
            flush=True)
        total = total + probabilities(net, see(test, view))
        tensors = {k: v for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
        save_safetensors(arguments.out / f"{name}.safetensors", tensors)
        card = {
            "schema": 1, "name": name, "task": "classification",
            "architecture": f"resnet{6 * blocks + 2}", "shortcut": "A",
            "input": {"channels": 1, "height": 28, "width": 28, "colour_order": "grey",
                      "resize": {"kind": "none"}, "scale": 1 / 255, "mean": [MEAN], "std": [STD]},
            "output": {"kind": "logits"}, "classes": CLASSES,
            "licence": "GPL-3.0-or-later", "source": "trained by resources/demo/train_members.py",
            "training": {"command": COMMAND,
                         "data": "Fashion-MNIST, the first 55,000 training images", "view": view,
                         "seed": seed, "epochs": arguments.epochs,
                         "held_out_accuracy": round(validation, 4)},
        }
        (arguments.out / f"{name}.card.json").write_text(json.dumps(card, indent=1) + "\n")
    print(f"mean of the members, each on its own view: test {(total.argmax(1) == test_labels).float().mean():.4f}")


if __name__ == "__main__":
    main()
