"""Where models come from: each function returns the model and its card."""
import importlib
import importlib.util
import json
import math
import pathlib
import struct

import torch

from export_common import (ExportError, card_from_file, distinct, interpolation_of, make_card,
                           read_classes)


def need(package):
    try:
        return importlib.import_module(package)
    except ImportError:
        raise ExportError(f"{package} is not installed: pip install {package}")


def read_weights(path):
    """Tensors of a file, without ever running what it holds."""
    if str(path).endswith(".safetensors"):
        return need("safetensors.torch").load_file(path)
    try:
        tensors = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise ExportError(f"{path} cannot be read without running its code: {error}".split("\n")[0])
    return tensors.get("state_dict", tensors) if isinstance(tensors, dict) else tensors


def name_of(arguments):
    return arguments.name or arguments.output.stem


def torchvision(arguments):
    models = need("torchvision.models")
    try:
        weights_of = models.get_model_weights(arguments.model)
    except ValueError:
        raise ExportError(f"torchvision has no model '{arguments.model}'")
    wanted = arguments.weights
    is_file = pathlib.Path(wanted).is_file()
    entry = weights_of.DEFAULT if wanted in ("DEFAULT", "none") or is_file else None
    if entry is None:
        try:
            entry = weights_of[wanted]
        except KeyError:
            raise ExportError(f"{arguments.model} has no weights '{wanted}': "
                              + ", ".join(w.name for w in weights_of))
    random = wanted == "none" or is_file
    if type(entry.transforms()).__name__ == "ObjectDetection":
        return torchvision_detector(arguments, models, entry, None if random else entry,
                                    read_weights(wanted) if is_file else None)
    if "categories" not in entry.meta or not hasattr(entry.transforms(), "crop_size"):
        raise ExportError(f"{arguments.model} is no classifier of single images")
    classes = read_classes(arguments, distinct(entry.meta["categories"]))
    extra = {"num_classes": len(classes)} if random else {}
    torch.manual_seed(0)
    model = models.get_model(arguments.model, weights=None if random else entry, **extra)
    if is_file:
        model.load_state_dict(read_weights(wanted))
    preset = entry.transforms()
    (crop,), (size,) = preset.crop_size, preset.resize_size
    resize = {"kind": "short-side", "size": size,
              "interpolation": interpolation_of(preset.interpolation, arguments)}
    return model, make_card(name_of(arguments), crop, crop, resize, preset.mean, preset.std, "logits",
                            classes)


def torchvision_detector(arguments, models, entry, weights, state):
    """A detector, which is scripted: as many boxes as there are cannot be traced. It normalises and resizes
    its input itself; the card's size is made its own, so that it resizes nothing a second time."""
    classes = read_classes(arguments, distinct(entry.meta["categories"]))
    torch.manual_seed(0)
    model = models.get_model(arguments.model, weights=weights, weights_backbone=None, num_classes=len(classes))
    if state is not None:
        model.load_state_dict(state)
    transform = model.transform
    interpolation = arguments.interpolation or "bilinear"
    if transform.fixed_size is not None:
        width, height = transform.fixed_size
        resize = {"kind": "stretch", "interpolation": interpolation}
    else:
        height = width = arguments.size or max(transform.min_size)
        transform.min_size, transform.max_size = (height,), height
        resize = {"kind": "letterbox", "pad": 0, "anchor": "top-left", "rounding": "round",
                  "interpolation": interpolation}
    card = make_card(name_of(arguments), height, width, resize, [0, 0, 0], [1, 1, 1], "boxes-xyxy", classes,
                     task="detection")
    card["postprocess"] = {"score_threshold": 0, "nms": "none", "max_detections": 300}
    return model, card


def timm(arguments):
    library = need("timm")
    torch.manual_seed(0)
    try:
        extra = {}
        if arguments.classes and not arguments.pretrained:
            extra["num_classes"] = len(read_classes(arguments, []))
        model = library.create_model(arguments.model, pretrained=arguments.pretrained, **extra)
    except RuntimeError as error:
        raise ExportError(str(error).split("\n")[0])
    if arguments.checkpoint:
        model.load_state_dict(read_weights(arguments.checkpoint))
    config = library.data.resolve_model_data_config(model)
    channels, height, width = config["input_size"]
    if channels != 3 or config.get("crop_mode", "center") != "center" or height != width:
        raise ExportError(f"{arguments.model} takes {config['input_size']}, "
                          f"crop mode {config.get('crop_mode')}, which a card cannot say")
    resize = {"kind": "short-side", "size": math.floor(height / config["crop_pct"]),
              "interpolation": interpolation_of(config["interpolation"], arguments)}
    names = [f"class {i}" for i in range(model.num_classes)]
    if model.num_classes == 1000:
        info = library.data.ImageNetInfo()
        names = distinct([info.index_to_description(i).split(",")[0] for i in range(1000)])
    return model, make_card(name_of(arguments), height, width, resize, config["mean"], config["std"],
                            "logits", read_classes(arguments, names))


def ultralytics(arguments):
    library = need("ultralytics")
    path = pathlib.Path(arguments.model)
    if path.suffix not in (".pt", ".yaml"):
        raise ExportError(f"{path} is neither .pt nor .yaml")
    torch.manual_seed(0)
    model = library.YOLO(str(path))
    names = read_classes(arguments, [model.names[i] for i in sorted(model.names)])
    network = model.model
    if model.task == "classify":
        size = arguments.size or 224
        resize = {"kind": "short-side", "size": size, "interpolation": "bilinear-antialias"}
        return network, make_card(name_of(arguments), size, size, resize, [0, 0, 0], [1, 1, 1],
                                  "probabilities", names)
    if model.task != "detect":
        raise ExportError(f"models that {model.task} cannot be run")
    size = arguments.size or 640
    resize = {"kind": "letterbox", "pad": 114, "anchor": "centre", "rounding": "round",
              "interpolation": "bilinear"}
    return network, make_card(name_of(arguments), size, size, resize, [0, 0, 0], [1, 1, 1], "yolov8",
                              names, task="detection", strides=[int(s) for s in network.stride])


def onnx(arguments):
    need("onnx")
    converter = need("onnx2torch")
    try:
        model = converter.convert(str(arguments.model))
    except NotImplementedError as error:
        raise ExportError(f"onnx2torch does not know an operator of {arguments.model} ({error}): export "
                          "the model with torch.jit.trace where it was made".replace("\n", " "))
    except Exception as error:
        raise ExportError(f"{arguments.model}: {error}".split("\n")[0])
    return model, card_from_file(arguments.card, arguments)


def module(arguments):
    file, _, function = arguments.model.partition(":")
    if not function or not pathlib.Path(file).is_file():
        raise ExportError("a network of your own is named FILE.py:FUNCTION")
    spec = importlib.util.spec_from_file_location("exported_network", file)
    code = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(code)
    if not hasattr(code, function):
        raise ExportError(f"{file} has no function '{function}'")
    return getattr(code, function)(), card_from_file(arguments.card, arguments)


def state_dict(arguments):
    """A file of weights as safetensors."""
    tensors = read_weights(arguments.model)
    types = {torch.float32: "F32", torch.float16: "F16", torch.float64: "F64", torch.bfloat16: "BF16",
             torch.int64: "I64"}
    header, blobs, offset = {}, [], 0
    for name, tensor in tensors.items():
        name = name.removeprefix("module.")
        if not isinstance(tensor, torch.Tensor) or tensor.dtype not in types:
            raise ExportError(f"{arguments.model}: '{name}' is no tensor that safetensors has")
        raw = tensor.contiguous().view(torch.uint8).numpy().tobytes() if tensor.dim() else \
            tensor.reshape(1).view(torch.uint8).numpy().tobytes()
        header[name] = {"dtype": types[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [offset, offset + len(raw)]}
        blobs.append(raw)
        offset += len(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    arguments.output.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))
    print(f"{arguments.output}: {len(header)} tensors; write a card beside it that names its architecture")


SOURCES = {"torchvision": torchvision, "timm": timm, "ultralytics": ultralytics, "onnx": onnx,
           "module": module}


def load(arguments):
    return SOURCES[arguments.source](arguments)
