"""Packages that are compiled ahead of time, in the engine, against the same network as TorchScript."""
import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

import numpy as np
import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXPORT = ROOT / "resources/export/export_model.py"
ENGINE = os.environ["PLUMBLINE_ENGINE"]
CLASSES = ["crane", "tabby cat", "sports car"]
NETWORK = """
import torch


class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.n = torch.nn.Conv2d(3, 8, 3, padding=1, bias=False), torch.nn.BatchNorm2d(8)
        self.b, self.f = torch.nn.Conv2d(8, 16, 3, stride=2), torch.nn.Linear(16, 3)

    def forward(self, x):
        x = torch.relu(self.n(self.a(x)))
        return 20 * self.f(torch.relu(self.b(x)).mean((2, 3)))


class Mixing(Small):
    def forward(self, x):
        return super().forward(x - x.mean(0, keepdim=True))


def seeded(model):
    torch.manual_seed(4)
    model.n.running_mean.uniform_(-0.2, 0.2)
    model.n.running_var.uniform_(0.5, 2)
    return model


def small():
    torch.manual_seed(3)
    return seeded(Small())


def mixing():
    torch.manual_seed(3)
    return seeded(Mixing())
"""


def write_png(path, pixels):
    """A PNG without a library for images: an environment with torch alone runs these tests."""
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
                     + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def engine(*arguments):
    return subprocess.run([ENGINE, *map(str, arguments)], capture_output=True, text=True)


@unittest.skipUnless(shutil.which("c++") or shutil.which("g++"), "no C++ compiler, which a package is made with")
class TestPackages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.scratch.name)
        (cls.folder / "nets.py").write_text(NETWORK)
        (cls.folder / "template.json").write_text(json.dumps({
            "task": "classification", "output": {"kind": "logits"}, "classes": CLASSES,
            "input": {"channels": 3, "height": 32, "width": 32, "colour_order": "RGB",
                      "resize": {"kind": "stretch", "interpolation": "bilinear"}, "scale": 1 / 255,
                      "mean": [0.5, 0.4, 0.3], "std": [0.2, 0.3, 0.4]}}))
        random = np.random.default_rng(5)
        for label in CLASSES:
            for i in range(5):
                write_png(cls.folder / "images" / label / f"{i}.png",
                          random.integers(0, 256, (32, 32, 3)).astype(np.uint8))
        for name, more in (("plain.pt", ()), ("packed.pt2", ("--format", "pt2"))):
            done = cls.export("small", cls.folder / name, *more)
            assert done.returncode == 0, done.stderr

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    @classmethod
    def export(cls, function, output, *more):
        return subprocess.run([sys.executable, "-W", "ignore", str(EXPORT), "module",
                               f"{cls.folder / 'nets.py'}:{function}", "--card", str(cls.folder / "template.json"),
                               "-o", str(output), *map(str, more)], capture_output=True, text=True)

    def study(self, name):
        study = self.folder / f"{name}.plumb"
        done = engine("import", "dataset", study, "--name", "d", "--format", "image-folder", "--split", "s",
                      "--images", self.folder / "images", "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        return study

    def run_of(self, study, models, name, *more):
        return engine("run", study, "--dataset", "d", "--split", "s", "--models", models, "--name", name,
                      "--device", "cpu", "--batch", 4, "--quiet", *more)

    def votes(self, study, run):
        """Class and confidence by voter and sample."""
        done = engine("export", study, "--run", run, "--what", "predictions", "-o", f"{study}.csv")
        self.assertEqual(done.returncode, 0, done.stderr)
        votes = {}
        for row in csv.DictReader(open(f"{study}.csv")):
            votes.setdefault(row["model"], {})[row["sample"]] = (row["class"], float(row["confidence"]))
        return votes

    def test_figures_equal_those_of_torchscript(self):
        study = self.study("figures")
        done = engine("import", "model", study, "--name", "packed", "--file", self.folder / "packed.pt2")
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn("--trust", done.stderr)
        for name, file, more in (("plain", "plain.pt", ()), ("packed", "packed.pt2", ("--trust",))):
            done = engine("import", "model", study, "--name", name, "--file", self.folder / file, *more)
            self.assertEqual(done.returncode, 0, done.stderr)
        done = self.run_of(study, "plain,packed", "r")
        self.assertEqual(done.returncode, 0, done.stderr)
        votes = self.votes(study, "r")
        self.assertEqual(len(votes["plain"]), 15)
        self.assertGreater(len({label for label, _ in votes["plain"].values()}), 1)
        largest = 0.0
        for sample, (label, confidence) in votes["plain"].items():
            self.assertEqual(votes["packed"][sample][0], label)
            largest = max(largest, abs(votes["packed"][sample][1] - confidence))
        self.assertLess(largest, 1e-5)
        self.assertEqual([path for path in (study / "cache").glob("pt2-*")], [])
        print(f"packed.pt2: confidences within {largest:.1e} of TorchScript's")

    def test_a_changed_file_is_refused(self):
        study, file = self.study("changed"), self.folder / "changed.pt2"
        shutil.copy(self.folder / "packed.pt2", file)
        shutil.copy(self.folder / "packed.card.json", file.with_suffix(".card.json"))
        done = engine("import", "model", study, "--name", "m", "--file", file, "--trust")
        self.assertEqual(done.returncode, 0, done.stderr)
        content = bytearray(file.read_bytes())
        content[content.index(b"PLUMBLINE_BATCH")] = ord("p")
        file.write_bytes(content)
        for more in ((), ("--trust", "--resume")):
            done = self.run_of(study, "m", "r", *more)
            self.assertEqual(done.returncode, 3, done.stdout)
            self.assertIn("changed since it was imported", done.stderr)

    def test_another_precision_is_refused(self):
        study = self.study("precision")
        done = engine("import", "model", study, "--name", "m", "--file", self.folder / "packed.pt2", "--trust")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.run_of(study, "m", "r", "--precision", "bf16")
        self.assertEqual(done.returncode, 3)
        self.assertIn("compute in fp32", done.stderr)

    def test_a_fixed_batch_is_filled_up(self):
        output, study = self.folder / "fixed.pt2", self.study("fixed")
        done = self.export("small", output, "--format", "pt2", "--batch", "2")
        self.assertEqual(done.returncode, 0, done.stderr)
        for name, file, more in (("plain", "plain.pt", ()), ("fixed", "fixed.pt2", ("--trust",))):
            done = engine("import", "model", study, "--name", name, "--file", self.folder / file, *more)
            self.assertEqual(done.returncode, 0, done.stderr)
        done = self.run_of(study, "plain,fixed", "r")
        self.assertEqual(done.returncode, 0, done.stderr)
        votes = self.votes(study, "r")
        for sample, (label, confidence) in votes["plain"].items():
            self.assertEqual(votes["fixed"][sample][0], label)
            self.assertLess(abs(votes["fixed"][sample][1] - confidence), 1e-5)

    def test_a_batch_may_have_a_model_of_its_own(self):
        output, study = self.folder / "two.pt2", self.study("two")
        done = self.export("small", output, "--format", "pt2", "--batch", "1:64+4")
        self.assertEqual(done.returncode, 0, done.stderr)
        with zipfile.ZipFile(output) as package:
            said = {name.split("/")[-2]: json.loads(package.read(name))["PLUMBLINE_BATCH"]
                    for name in package.namelist() if name.endswith("_metadata.json")}
        self.assertEqual(said, {"model": "1:64", "batch-4": "4"})
        for name, file, more in (("plain", "plain.pt", ()), ("two", "two.pt2", ("--trust",))):
            done = engine("import", "model", study, "--name", name, "--file", self.folder / file, *more)
            self.assertEqual(done.returncode, 0, done.stderr)
        # Batches of 4, and a last one of 3.
        done = self.run_of(study, "plain,two", "r")
        self.assertEqual(done.returncode, 0, done.stderr)
        votes = self.votes(study, "r")
        self.assertEqual(len(votes["two"]), 15)
        for sample, (label, confidence) in votes["plain"].items():
            self.assertEqual(votes["two"][sample][0], label)
            self.assertLess(abs(votes["two"][sample][1] - confidence), 1e-5)

    def test_a_network_that_mixes_its_batch_is_refused(self):
        output = self.folder / "mixing.pt2"
        done = self.export("mixing", output, "--format", "pt2")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = engine("import", "model", self.folder / "mixing.plumb", "--name", "m", "--file", output, "--trust")
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn("others in its batch", done.stderr)

    def test_packages_of_others_are_told_what_they_lack(self):
        """One that says nothing for us, and a program of torch.export without compiled code."""
        foreign = self.folder / "foreign.pt2"
        with zipfile.ZipFile(self.folder / "packed.pt2") as old, zipfile.ZipFile(foreign, "w") as new:
            for name in old.namelist():
                new.writestr(name, old.read(name).replace(b"PLUMBLINE_", b"ELSEWHERE_"))
        program = self.folder / "program.pt2"
        torch.export.save(torch.export.export(torch.nn.Linear(2, 2), (torch.randn(1, 2),)), str(program))
        for file, named in ((foreign, "PLUMBLINE_PRECISION"), (program, "torch.export")):
            shutil.copy(self.folder / "packed.card.json", file.with_suffix(".card.json"))
            done = engine("import", "model", self.folder / "foreign.plumb", "--name", "m", "--file", file, "--trust")
            self.assertEqual(done.returncode, 3, done.stdout)
            self.assertIn(named, done.stderr)

    def test_the_exporter_names_what_is_wrong(self):
        for words, named in ((("--batch", "8:2"), "--batch"), (("--batch", "many"), "--batch"),
                             (("--batch", "1:4096+"), "--batch"), (("--batch", "8+8"), "twice"),
                             *([] if torch.cuda.is_available() else [(("--device", "cuda"), "no GPU")])):
            done = self.export("small", self.folder / "wrong.pt2", "--format", "pt2", *words)
            self.assertEqual(done.returncode, 1)
            self.assertIn(named, done.stderr)
        done = self.export("small", self.folder / "wrong.pt", "--format", "pt2")
        self.assertEqual(done.returncode, 1)
        self.assertIn(".pt2", done.stderr)


if __name__ == "__main__":
    unittest.main()
