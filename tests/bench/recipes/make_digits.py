#!/usr/bin/env python3
"""The 1,797 handwritten digits that scikit-learn brings (UCI, 8 x 8, 16 levels) as four IDX files of 28 x 28.

    make_digits.py OUT        every third image is a test image; each pixel three times, a margin of two around
"""
import gzip
import pathlib
import struct
import sys

import numpy as np
from sklearn.datasets import load_digits


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    digits = load_digits()
    images = np.pad(np.kron(np.minimum(digits.images * 16, 255), np.ones((3, 3))), ((0, 0), (2, 2), (2, 2)))
    for name, chosen in (("train", np.arange(len(images)) % 3 != 2), ("t10k", np.arange(len(images)) % 3 == 2)):
        pixels = images[chosen].astype(np.uint8)
        (out / f"{name}-images-idx3-ubyte.gz").write_bytes(
            gzip.compress(struct.pack(">IIII", 0x803, len(pixels), 28, 28) + pixels.tobytes()))
        labels = digits.target[chosen].astype(np.uint8)
        (out / f"{name}-labels-idx1-ubyte.gz").write_bytes(
            gzip.compress(struct.pack(">II", 0x801, len(labels)) + labels.tobytes()))


if __name__ == "__main__":
    main()
