#!/usr/bin/env python3
"""Writes TorchScript, or a .pt2 package, and its model card for Plumbline, from models that live in Python.

    export_model.py torchvision resnet18 --weights DEFAULT -o resnet18.pt
    export_model.py timm resnet10t.c3_in1k --pretrained -o resnet10t.pt
    export_model.py torchvision fasterrcnn_resnet50_fpn -o fasterrcnn.pt
    export_model.py ultralytics yolov8n-cls.pt -o yolo.pt
    export_model.py onnx model.onnx --card template.card.json -o model.pt
    export_model.py module nets.py:build --card template.card.json -o mine.pt
    export_model.py state-dict weights.pth -o weights.safetensors
    export_model.py torchvision resnet50 --format pt2 --device cuda --precision bf16 -o resnet50.pt2

NAME.card.json is written beside the output; `plumbline-engine import model` checks both. What the card
cannot express (bicubic resizing) is an error that names the option which chooses the nearest.
"""
import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from export_common import ExportError, write_detector, write_model  # noqa: E402
from export_package import BATCHES, write_package  # noqa: E402
import export_sources  # noqa: E402


def parser():
    top = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = top.add_subparsers(dest="source", required=True)

    def add(name, what):
        command = commands.add_parser(name, help=what)
        command.add_argument("-o", "--output", type=pathlib.Path, required=True)
        if name != "state-dict":
            command.add_argument("--name", help="the card's name (default: the output's)")
            command.add_argument("--classes", type=pathlib.Path, help="a text file, one class a line")
            command.add_argument("--interpolation", choices=("bilinear", "bilinear-antialias"),
                                 help="use this where the model's own is not one of them")
            command.add_argument("--format", choices=("torchscript", "pt2"), default="torchscript",
                                 help="pt2: compiled ahead of time, for the device that it is exported on")
            command.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="of a package")
            command.add_argument("--precision", choices=("fp32", "tf32", "bf16", "fp16"), default="fp32",
                                 help="of a package: it is compiled into it")
            command.add_argument("--batch",
                                 help="of a package: a size, or a range, or several with a + between, each compiled by "
                                      f"itself (default: {BATCHES['cpu']}, on a GPU {BATCHES['cuda']})")
            command.add_argument("--tuned-for", type=int,
                                 help="of a package: the batch that it is to be fast at (default: 256 on a GPU)")
            command.add_argument("--fast", action="store_true",
                                 help="of a package for a GPU: take the compiler's first choices, untimed")
            command.add_argument("--unfolded", action="store_true",
                                 help="of a package: leave normalisation beside its convolution")
        return command

    command = add("torchvision", "a classifier or detector of torchvision.models")
    command.add_argument("model")
    command.add_argument("--weights", default="DEFAULT",
                         help="DEFAULT, another entry, none (random), or a file of weights")
    command.add_argument("--size", type=int, help="side of a detector's input (default: its own)")
    command = add("timm", "a classifier of timm")
    command.add_argument("model")
    command.add_argument("--pretrained", action="store_true")
    command.add_argument("--checkpoint", type=pathlib.Path)
    command = add("ultralytics", "an Ultralytics classifier or detector, .pt or .yaml")
    command.add_argument("model")
    command.add_argument("--size", type=int, help="side of the input (default: 224, or 640)")
    command = add("onnx", "an ONNX file, through onnx2torch")
    command.add_argument("model", type=pathlib.Path)
    command.add_argument("--card", type=pathlib.Path, required=True)
    command = add("module", "a network of your own: FILE.py:FUNCTION returns it")
    command.add_argument("model")
    command.add_argument("--card", type=pathlib.Path, required=True)
    command = add("state-dict", "weights of an architecture that Plumbline knows, as safetensors")
    command.add_argument("model", type=pathlib.Path)
    return top


def main():
    arguments = parser().parse_args()
    try:
        if arguments.source == "state-dict":
            export_sources.state_dict(arguments)
            return 0
        model, card = export_sources.load(arguments)
        scripted = card["output"]["kind"] == "boxes-xyxy"
        if arguments.format == "pt2" and scripted:
            raise ExportError("a detector that gives as many boxes as there are is scripted, and cannot be "
                              "compiled ahead of time: leave out --format pt2")
        if arguments.format == "pt2" and arguments.output.suffix != ".pt2":
            raise ExportError(f"{arguments.output}: a package's name ends in .pt2")
        write = write_package if arguments.format == "pt2" else write_detector if scripted else write_model
        difference = write(model, card, arguments)
        what = "the package" if arguments.format == "pt2" else "TorchScript"
        print(f"{arguments.output}: {what} equals the model within {difference:.1e}; "
              f"card in {arguments.output.with_suffix('.card.json')}")
        return 0
    except ExportError as error:
        print(f"export_model: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
