"""Writes pil_reference.txt: what PIL makes of generated images.

Needs pillow 12.3.0, numpy and xxhash. Pillow 13 runs the vertical pass first where the height
shrinks by more than twice as many pixels as the width, which rounds differently; every version
before it, and so Plumbline, runs the horizontal pass first.

Each line: image (noise or extremes), seed, channels, width, height, then what is done (`resize` with
width and height, or `short-side` with size, width and height, as torchvision's Resize and
CenterCrop), then the XXH3-128 of the result's values, rows from the top, channels interleaved.
Value i of an image comes from s(i) = 1664525 * s(i - 1) + 1013904223 mod 2^32, s(-1) = seed:
noise is s(i) >> 24, extremes are 255 where s(i) >> 31 is 1, else 0.
"""
import os

import numpy
import PIL
import xxhash
from PIL import Image


def generated(kind, seed, channels, width, height):
    values = bytearray(width * height * channels)
    state = seed
    for i in range(len(values)):
        state = (1664525 * state + 1013904223) & 0xFFFFFFFF
        values[i] = state >> 24 if kind == "noise" else 255 * (state >> 31)
    mode, size = ("L", (width, height)) if channels == 1 else ("RGB", (width, height))
    return Image.frombytes(mode, size, bytes(values))


def resized(image, width, height):
    return image.resize((width, height), Image.Resampling.BILINEAR)


def short_side(image, size, width, height):
    w, h = image.size
    short, long = (w, h) if w <= h else (h, w)
    new_short, new_long = size, int(size * long / short)
    image = resized(image, *((new_short, new_long) if w <= h else (new_long, new_short)))
    w, h = image.size
    if width > w or height > h:  # zeros around, the odd one after
        canvas = Image.new(image.mode, (max(w, width), max(h, height)))
        canvas.paste(image, (max(0, (width - w) // 2), max(0, (height - h) // 2)))
        image = canvas
        w, h = image.size
    top, left = int(round((h - height) / 2.0)), int(round((w - width) / 2.0))
    return image.crop((left, top, left + width, top + height))


SIZES = [
    (1, 1, 1, 1), (1, 1, 5, 3), (7, 5, 1, 1), (2, 2, 1, 1), (2, 2, 4, 4), (3, 2, 2, 3),
    (32, 32, 224, 224), (28, 28, 32, 32), (32, 32, 28, 28), (100, 80, 50, 40), (101, 81, 50, 40),
    (64, 48, 64, 31), (64, 48, 31, 48), (64, 48, 64, 100), (64, 48, 100, 48), (640, 427, 416, 277),
    (500, 375, 224, 224), (333, 500, 352, 352), (97, 1, 13, 4), (1, 97, 4, 13), (255, 254, 256, 255),
    (300, 7, 10, 200), (7, 300, 200, 10), (1000, 9, 3, 2), (613, 419, 97, 211),
]
SHORT_SIDES = [
    (500, 375, 256, 224, 224), (375, 500, 256, 224, 224), (333, 500, 232, 224, 224),
    (64, 64, 33, 32, 32), (65, 64, 33, 30, 31), (40, 30, 20, 32, 32), (41, 30, 21, 24, 33),
    (30, 41, 21, 33, 24), (3, 100, 9, 11, 10), (32, 32, 32, 28, 28), (32, 37, 32, 30, 33),
    (1, 1, 8, 8, 8), (1, 50, 4, 6, 6), (101, 67, 67, 60, 66),
]


def main():
    if int(PIL.__version__.split(".")[0]) > 12:
        raise SystemExit("needs pillow 12: later versions change the order of the passes")
    lines = [f"# Pillow {PIL.__version__}; written by make_pil_reference.py"]
    seed = 1
    for channels in (1, 3):
        for kind in ("noise", "extremes"):
            for row in SIZES + SHORT_SIDES:
                image = generated(kind, seed, channels, *row[:2])
                if len(row) == 4:
                    done, result = "resize", resized(image, *row[2:])
                else:
                    done, result = "short-side", short_side(image, *row[2:])
                digest = xxhash.xxh3_128_hexdigest(numpy.asarray(result).tobytes())
                words = [kind, seed, channels, *row[:2], done, *row[2:], digest]
                lines.append(" ".join(str(word) for word in words))
                seed += 1
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "pil_reference.txt"), "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


main()
