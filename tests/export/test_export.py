"""Exports models and holds what the engine makes of them against the models themselves."""
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import torch
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXPORT = ROOT / "resources/export/export_model.py"
ENGINE = os.environ["PLUMBLINE_ENGINE"]
CLASSES = ["crane", "tabby cat", "sports car"]
torch.set_num_threads(2)


def export(*arguments):
    return subprocess.run([sys.executable, "-W", "ignore", str(EXPORT), *map(str, arguments)],
                          capture_output=True, text=True)


def engine(*arguments):
    done = subprocess.run([ENGINE, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def make_images(folder, classes):
    """PNG files of different shapes, so that every decoder gives the same pixels."""
    random = np.random.default_rng(3)
    files = {}
    for label, size in zip(classes * 2, [(300, 200), (200, 260), (256, 256), (517, 389), (64, 48), (231, 500)]):
        coarse = Image.fromarray(random.integers(0, 256, (6, 6, 3), np.uint8).astype(np.uint8))
        pixels = np.asarray(coarse.resize(size, Image.Resampling.BICUBIC)).astype(int)
        pixels = np.clip(pixels + random.integers(-9, 10, pixels.shape), 0, 255).astype(np.uint8)
        file = folder / label / f"{size[0]}x{size[1]}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(file)
        files[str(file.relative_to(folder))] = file
    return files


class TestExport(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.scratch.name)
        cls.classes_file = cls.folder / "classes.txt"
        cls.classes_file.write_text("\n".join(CLASSES) + "\n")

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def card(self, output):
        return json.loads(output.with_suffix(".card.json").read_text())

    @torch.no_grad()
    def compare(self, output, transform, classes=CLASSES, probabilities=False):
        """The engine's class and confidence of each image, and the eager model's (the trace equals it)."""
        images = self.folder / f"{output.stem}-images"
        files = make_images(images, classes[:3])
        study = self.folder / f"{output.stem}.plumb"
        engine("import", "dataset", study, "--name", "d", "--format", "image-folder", "--split", "s",
               "--images", images, "--quiet")
        engine("import", "model", study, "--name", "m", "--file", output)
        engine("run", study, "--dataset", "d", "--split", "s", "--models", "m", "--name", "r", "--quiet",
               "--device", "cpu")
        engine("export", study, "--run", "r", "--what", "predictions", "--format", "csv", "-o", f"{study}.csv")
        model = torch.jit.load(output)
        names = self.card(output)["classes"]
        rows = list(csv.DictReader(open(f"{study}.csv")))
        self.assertEqual(len(rows), len(files))
        largest = 0.0
        for row in rows:
            name = row["sample"] if row["sample"] in files else sorted(files)[int(row["sample"])]
            result = model(transform(Image.open(files[name]).convert("RGB")).unsqueeze(0))[0]
            result = result if probabilities else result.softmax(0)
            self.assertEqual(row["class"], names[int(result.argmax())], name)
            largest = max(largest, abs(float(row["confidence"]) - result.max().item()))
        self.assertLess(largest, 1e-4)
        print(f"{output.stem}: {len(rows)} images, confidences within {largest:.1e}")

    def test_torchvision_classifiers(self):
        import torchvision.models
        for name in ("resnet18", "mobilenet_v3_small"):
            with self.subTest(name):
                output = self.folder / f"{name}.pt"
                done = export("torchvision", name, "--weights", "none", "--classes", self.classes_file, "-o", output)
                self.assertEqual(done.returncode, 0, done.stderr)
                card = self.card(output)
                self.assertEqual(card["input"]["resize"],
                                 {"kind": "short-side", "size": 256, "interpolation": "bilinear-antialias"})
                self.assertEqual(card["classes"], CLASSES)
                self.compare(output, torchvision.models.get_model_weights(name).DEFAULT.transforms()
                             if name != "resnet18" else torchvision.models.ResNet18_Weights.DEFAULT.transforms())

    def test_torchvision_weights_from_a_file(self):
        import torchvision.models
        torch.manual_seed(5)
        model = torchvision.models.resnet18(num_classes=3)
        torch.save(model.state_dict(), self.folder / "own.pth")
        output = self.folder / "own.pt"
        done = export("torchvision", "resnet18", "--weights", self.folder / "own.pth", "--classes",
                      self.classes_file, "-o", output)
        self.assertEqual(done.returncode, 0, done.stderr)
        x = torch.randn(2, 3, 224, 224)
        torch.testing.assert_close(torch.jit.load(output)(x), model.eval()(x), rtol=1e-5, atol=1e-5)

    def test_torchvision_imagenet_classes_are_distinct(self):
        done = export("torchvision", "resnet18", "--weights", "none", "-o", self.folder / "imagenet.pt")
        self.assertEqual(done.returncode, 0, done.stderr)
        classes = self.card(self.folder / "imagenet.pt")["classes"]
        self.assertEqual(len(set(classes)), 1000)
        sys.path.insert(0, str(EXPORT.parent))
        from export_common import distinct
        self.assertEqual(distinct(["crane", "dog", "crane"]), ["crane", "dog", "crane (2)"])

    def test_timm(self):
        import timm
        bicubic = export("timm", "resnet10t", "-o", self.folder / "t.pt")
        self.assertEqual(bicubic.returncode, 1)
        self.assertIn("--interpolation", bicubic.stderr)
        for name in ("resnet10t", "vit_tiny_patch16_224"):
            with self.subTest(name):
                output = self.folder / f"{name}.pt"
                done = export("timm", name, "--interpolation", "bilinear-antialias", "--classes",
                              self.classes_file, "-o", output)
                self.assertEqual(done.returncode, 0, done.stderr)
                config = timm.data.resolve_model_data_config(timm.create_model(name))
                config["interpolation"] = "bilinear"
                self.compare(output, timm.data.create_transform(**config, is_training=False))

    def test_ultralytics(self):
        from torchvision import transforms
        output = self.folder / "yolo-cls.pt"
        done = export("ultralytics", "yolov8n-cls.yaml", "--size", 96, "-o", output)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.card(output)["output"]["kind"], "probabilities")
        self.compare(output, transforms.Compose([transforms.Resize(96), transforms.CenterCrop(96),
                                                 transforms.ToTensor()]),
                     classes=self.card(output)["classes"], probabilities=True)
        output = self.folder / "yolo.pt"
        done = export("ultralytics", "yolov8n.yaml", "--size", 320, "-o", output)
        self.assertEqual(done.returncode, 0, done.stderr)
        card = self.card(output)
        self.assertEqual((card["task"], card["output"]["kind"], card["output"]["strides"]),
                         ("detection", "yolov8", [8, 16, 32]))
        self.assertEqual(card["input"]["resize"]["anchor"], "centre")
        self.assertEqual(torch.jit.load(output)(torch.rand(1, 3, 320, 320)).shape, (1, 84, 2100))

    def test_torchvision_detectors(self):
        """Scripted, with the operators that the engine has of its own."""
        output = self.folder / "ssd.pt"
        done = export("torchvision", "ssdlite320_mobilenet_v3_large", "--weights", "none", "-o", output)
        self.assertEqual(done.returncode, 0, done.stderr)
        card = self.card(output)
        self.assertEqual((card["task"], card["output"]["kind"], card["input"]["height"], len(card["classes"])),
                         ("detection", "boxes-xyxy", 320, 91))

    def card_template(self, name, side):
        file = self.folder / f"{name}.template.json"
        file.write_text(json.dumps({
            "task": "classification", "output": {"kind": "logits"}, "classes": CLASSES,
            "input": {"channels": 3, "height": side, "width": side, "colour_order": "RGB",
                      "resize": {"kind": "stretch", "interpolation": "bilinear-antialias"},
                      "scale": 1 / 255, "mean": [0.5, 0.4, 0.3], "std": [0.2, 0.3, 0.4]}}))
        return file

    def stretch(self, side):
        from torchvision import transforms
        return transforms.Compose([transforms.Resize((side, side)), transforms.ToTensor(),
                                   transforms.Normalize([0.5, 0.4, 0.3], [0.2, 0.3, 0.4])])

    def test_onnx(self):
        import onnx
        from onnx import TensorProto, helper, numpy_helper
        random = np.random.default_rng(1)

        def constant(name, *shape, low=-0.4, high=0.4):
            return numpy_helper.from_array(random.uniform(low, high, shape).astype(np.float32), name)

        def save(file, extra=()):
            nodes = [helper.make_node("Conv", ["x", "w", "b"], ["c"], pads=[1, 1, 1, 1]),
                     helper.make_node("BatchNormalization", ["c", "g", "h", "m", "v"], ["n"]),
                     helper.make_node("Relu", ["n"], ["r"]),
                     helper.make_node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
                     *extra,
                     helper.make_node("GlobalAveragePool", ["p"], ["a"]),
                     helper.make_node("Flatten", ["a"], ["f"]),
                     helper.make_node("Gemm", ["f", "k", "o"], ["y"], transB=1)]
            graph = helper.make_graph(
                nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 40, 40])],
                [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])],
                [constant("w", 8, 3, 3, 3), constant("b", 8), constant("g", 8, low=0.5, high=2),
                 constant("h", 8), constant("m", 8), constant("v", 8, low=0.5, high=2),
                 constant("k", 3, 8, low=-3, high=3), constant("o", 3)])
            onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), file)

        file, output = self.folder / "small.onnx", self.folder / "small.pt"
        save(file)
        done = export("onnx", file, "--card", self.card_template("small", 40), "-o", output)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.compare(output, self.stretch(40))
        save(self.folder / "odd.onnx", [helper.make_node("Det", ["p"], ["unused"])])
        done = export("onnx", self.folder / "odd.onnx", "--card", self.card_template("odd", 40), "-o", output)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Det", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_a_module_of_ones_own(self):
        code = self.folder / "nets.py"
        code.write_text("import torch\n\ndef build():\n    torch.manual_seed(2)\n    return torch.nn.Sequential("
                        "torch.nn.Conv2d(3, 6, 5), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(2), "
                        "torch.nn.Flatten(), torch.nn.Linear(24, 3))\n\ndef wrong():\n    return torch.nn.Flatten()\n")
        output = self.folder / "mine.pt"
        done = export("module", f"{code}:build", "--card", self.card_template("mine", 32), "-o", output)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.compare(output, self.stretch(32))
        done = export("module", f"{code}:wrong", "--card", self.card_template("mine", 32), "-o", output)
        self.assertEqual(done.returncode, 1)
        self.assertIn("3072 classes", done.stderr)

    def test_state_dicts_without_running_code(self):
        weights = {"module.a.weight": torch.arange(6.0).view(2, 3), "b": torch.tensor(3)}
        torch.save({"state_dict": weights}, self.folder / "w.pth")
        done = export("state-dict", self.folder / "w.pth", "-o", self.folder / "w.safetensors")
        self.assertEqual(done.returncode, 0, done.stderr)
        from safetensors.torch import load_file
        read = load_file(self.folder / "w.safetensors")
        self.assertTrue(torch.equal(read["a.weight"], weights["module.a.weight"]))
        self.assertEqual(read["b"].item(), 3)

        class Hostile:
            def __reduce__(self):
                return (os.system, (f"touch {self_folder}/ran",))
        self_folder = self.folder
        torch.save({"x": Hostile()}, self.folder / "hostile.pth")
        done = export("state-dict", self.folder / "hostile.pth", "-o", self.folder / "h.safetensors")
        self.assertEqual(done.returncode, 1)
        self.assertIn("without running its code", done.stderr)
        self.assertFalse((self.folder / "ran").exists())

    def test_wrong_words_are_named(self):
        for words, named in ((("torchvision", "resnet19"), "resnet19"),
                             (("torchvision", "resnet18", "--weights", "BEST"), "IMAGENET1K_V1"),
                             (("ultralytics", "model.txt"), "model.txt"),
                             (("module", "nowhere.py:build", "--card", "c.json"), "FILE.py:FUNCTION")):
            done = export(*words, "-o", self.folder / "x.pt")
            self.assertEqual(done.returncode, 1, words)
            self.assertIn(named, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=1)
