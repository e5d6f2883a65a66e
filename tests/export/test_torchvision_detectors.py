"""Scripted detectors of torchvision, from the exporter through the engine's check, confinement and run to boxes, and
torchvision's own boxes of the same images."""
import json
import pathlib
import tempfile
import unittest

import cv2
import numpy as np
import torch
import torchvision.models
from PIL import Image

from test_export import engine, export

SIDE = 320
CLASSES = ["__background__", "cat", "dog", "car"]
# Of the input's own size, of which nothing is resampled; and others. Width and height.
SIZES = [(320, 320), (320, 320), (480, 360), (200, 330)]
# Pixels, and parts of 1: what float32 leaves open in networks whose weights nobody trained.
BOX_TOLERANCE, SCORE_TOLERANCE = 0.01, 1e-4


def make_pixels(width, height, random):
    coarse = random.integers(0, 256, (6, 6, 3), np.uint8).astype(np.uint8)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(int)
    return np.clip(smooth + random.integers(-12, 13, smooth.shape), 0, 255).astype(np.uint8)


def make_noise(level, random):
    """As what the engine asks a network at its import: nothing saturates on it in a trained network."""
    return np.clip(level + random.uniform(-40, 40, (SIDE, SIDE, 3)), 0, 255).astype(np.uint8)


def tensor_of(pixels):
    return torch.from_numpy(pixels).permute(2, 0, 1).float() / 255


@torch.no_grad()
def as_if_trained(model, images, spreads):
    """Gives a network of random weights the statistics of a trained one: normalisations that fit their inputs, and
    outputs of the given standard deviations, so that scores differ. `spreads`: ends of layers' names, in their order."""
    norms = [layer for layer in model.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    before = [norm.momentum for norm in norms]
    for norm in norms:
        norm.train()
        norm.momentum = None
    model(images)
    for norm, momentum in zip(norms, before):
        norm.eval()
        norm.momentum = momentum
    for end, spread in spreads:
        for name, layer in model.named_modules():
            if not name.endswith(end) or not hasattr(layer, "weight"):
                continue
            outputs = []
            hook = layer.register_forward_hook(lambda _, given, output: outputs.append(output))
            model(images)
            hook.remove()
            layer.weight.mul_(spread / torch.cat([output.flatten() for output in outputs]).std())
    return model


def read_results(file, images):
    """Boxes (n × 4), scores and labels of each image, as torchvision gives them."""
    entries = json.loads(file.read_text())
    found = []
    for image in images:
        own = [entry for entry in entries if entry["image_id"] == image]
        boxes = torch.tensor([entry["bbox"] for entry in own], dtype=torch.float64).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        found.append({"boxes": boxes, "labels": torch.tensor([entry["category_id"] for entry in own]),
                      "scores": torch.tensor([entry["score"] for entry in own], dtype=torch.float64)})
    return found


def nearest(box, score, label, others):
    """How far the box of that class is that agrees best: in pixels and in score."""
    same = others["labels"] == label
    if not same.any():
        return float("inf"), float("inf")
    pixels = (others["boxes"][same].double() - box).abs().amax(1)
    scores = (others["scores"][same].double() - score).abs()
    best = int((pixels / BOX_TOLERANCE + scores / SCORE_TOLERANCE).argmin())
    return pixels[best].item(), scores[best].item()


def largest_differences(some, others, least):
    """Of every box that scores `least` or more from the one that it has among the others. Which of two boxes of nearly
    the same score comes first is rounding's matter, and so is one whose score lies at a threshold."""
    largest, compared = [0.0, 0.0], 0
    for box, score, label in zip(some["boxes"].double(), some["scores"].double(), some["labels"]):
        if score < least:
            continue
        compared += 1
        largest = [max(a, b) for a, b in zip(largest, nearest(box, score, label, others))]
    return largest, compared


class TestTorchvisionDetectors(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.scratch.name)
        (self.folder / "classes.txt").write_text("\n".join(CLASSES) + "\n")
        random = np.random.default_rng(5)
        self.pixels = [make_pixels(*size, random) for size in SIZES]
        (self.folder / "images").mkdir()
        images, objects = [], []
        for i, pixels in enumerate(self.pixels):
            height, width = pixels.shape[:2]
            Image.fromarray(pixels).save(self.folder / f"images/{i}.png")
            images.append({"id": i, "file_name": f"{i}.png", "width": width, "height": height})
            objects.append({"id": i + 1, "image_id": i, "category_id": 1 + i % 3, "bbox": [20, 30, 80, 60],
                            "area": 4800, "iscrowd": 0})
        (self.folder / "instances.json").write_text(json.dumps(
            {"images": images, "annotations": objects,
             "categories": [{"id": i, "name": name} for i, name in enumerate(CLASSES) if i > 0]}))

    def tearDown(self):
        self.scratch.cleanup()

    def run_exported(self, model):
        """What the engine makes of the images with the exported file."""
        study, file = self.folder / "s.plumb", self.folder / "found.json"
        engine("import", "dataset", study, "--name", "d", "--format", "coco", "--split", "val", "--images",
               self.folder / "images", "--labels", self.folder / "instances.json", "--quiet")
        engine("import", "model", study, "--name", "m", "--file", model)
        summary = json.loads(engine("run", study, "--dataset", "d", "--split", "val", "--models", "m", "--name", "r",
                                    "--device", "cpu", "--json", "--quiet"))
        engine("export", study, "--run", "r", "--what", "detections", "--format", "coco", "--voters", "m:identity",
               "-o", file)
        found = read_results(file, range(len(SIZES)))
        self.assertEqual(summary["voters"][0]["boxes"], sum(len(image["boxes"]) for image in found))
        return found

    def seen(self, stretched):
        """What the network is shown of each image, and by how much that is larger: an image of the input's size is shown
        as it is."""
        for pixels in self.pixels:
            height, width = pixels.shape[:2]
            scales = (SIDE / width, SIDE / height) if stretched else (min(SIDE / width, SIDE / height),) * 2
            size = round(width * scales[0]), round(height * scales[1])
            scaled = pixels if size == (width, height) else cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR)
            shown = np.zeros((SIDE, SIDE, 3), np.uint8)
            shown[:size[1], :size[0]] = scaled
            yield tensor_of(shown), scales

    @torch.no_grad()
    def expected(self, model, stretched):
        """torchvision's boxes, put back into the images."""
        expected = []
        for pixels, (shown, scales) in zip(self.pixels, self.seen(stretched)):
            height, width = pixels.shape[:2]
            image = {key: value.detach() for key, value in model([shown])[0].items()}
            boxes = image["boxes"].double() / torch.tensor(scales * 2)
            boxes[:, 0::2] = boxes[:, 0::2].clamp(0, width)
            boxes[:, 1::2] = boxes[:, 1::2].clamp(0, height)
            within = (boxes[:, 2:] > boxes[:, :2]).all(1) & (image["labels"] > 0)
            expected.append({"boxes": boxes[within], "scores": image["scores"][within],
                             "labels": image["labels"][within], "least": image["scores"].min().item()})
        return expected

    def compare(self, name, model, options=()):
        weights, output = self.folder / "weights.pth", self.folder / f"{name}.pt"
        torch.save(model.state_dict(), weights)
        done = export("torchvision", name, "--weights", weights, "--classes", self.folder / "classes.txt", *options,
                      "-o", output)
        self.assertEqual(done.returncode, 0, done.stderr)
        card = json.loads(output.with_suffix(".card.json").read_text())
        self.assertEqual((card["task"], card["output"]["kind"], card["input"]["height"], card["classes"]),
                         ("detection", "boxes-xyxy", SIDE, CLASSES))
        expected = self.expected(model, card["input"]["resize"]["kind"] == "stretch")
        found = self.run_exported(output)
        largest, compared = [0.0, 0.0], []
        for theirs, ours in zip(expected, found):
            least = theirs["least"] + 10 * SCORE_TOLERANCE
            for some, others in ((theirs, ours), (ours, theirs)):
                differences, count = largest_differences(some, others, least)
                largest = [max(a, b) for a, b in zip(largest, differences)]
                compared.append(count)
        print(f"{name}: {compared[::2]} boxes within {largest[0]:.1e} pixels, scores within {largest[1]:.1e}")
        self.assertLess(largest[0], BOX_TOLERANCE)
        self.assertLess(largest[1], SCORE_TOLERANCE)
        for count in compared:
            self.assertGreaterEqual(count, 5)

    def detector(self, name, seed, spreads):
        """Of random weights, and without a resize of its own: the input has its size."""
        torch.manual_seed(seed)
        model = torchvision.models.get_model(name, weights=None, weights_backbone=None, num_classes=len(CLASSES)).eval()
        if model.transform.fixed_size is None:
            model.transform.min_size, model.transform.max_size = (SIDE,), SIDE
        stretched = model.transform.fixed_size is not None
        random = np.random.default_rng(6)
        noise = [tensor_of(make_noise(level, random)) for level in (96, 128, 168)]
        return as_if_trained(model, [shown for shown, _ in self.seen(stretched)] + noise, spreads)

    def test_faster_rcnn(self):
        """Proposals, torchvision::nms twice and torchvision::roi_align."""
        name = "fasterrcnn_mobilenet_v3_large_320_fpn"
        model = self.detector(name, 2, [("rpn.head.cls_logits", 2), ("rpn.head.bbox_pred", 0.2),
                                        ("box_predictor.cls_score", 1), ("box_predictor.bbox_pred", 0.2)])
        model.roi_heads.box_predictor.cls_score.bias.data[0] += 3
        self.compare(name, model)

    def test_ssdlite(self):
        """Every box of a grid, most of which are background; the image is stretched."""
        name = "ssdlite320_mobilenet_v3_large"
        heads = [(f"{head}.module_list.{level}.1", spread) for level in range(6)
                 for head, spread in (("classification_head", 1.5), ("regression_head", 0.2))]
        model = self.detector(name, 2, heads)
        for level in range(6):
            bias = model.head.classification_head.module_list[level][1].bias.data
            bias.view(-1, len(CLASSES))[:, 0] += 10
        self.compare(name, model)

    def test_retinanet(self):
        """Scores by a sigmoid, at a size that is not its own."""
        name = "retinanet_resnet50_fpn"
        model = self.detector(name, 1, [("classification_head.cls_logits", 1), ("regression_head.bbox_reg", 0.2)])
        model.head.classification_head.cls_logits.bias.data -= 1
        self.compare(name, model, ("--size", SIDE))


if __name__ == "__main__":
    unittest.main(verbosity=1)
