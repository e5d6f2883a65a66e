"""What all sources share: the card, the trace, the check that both are equal."""
import json
import pathlib

import torch


class ExportError(Exception):
    """One line: what is wrong and what to do."""


def interpolation_of(name, arguments):
    """The card's word for a library's interpolation with antialiasing."""
    if arguments.interpolation:
        return arguments.interpolation
    if "bilinear" in str(name).lower():
        return "bilinear-antialias"
    raise ExportError(f"the model resizes by {str(name).split('.')[-1].lower()}, which a card cannot say: "
                      "choose the nearest with --interpolation bilinear-antialias")


def make_card(name, height, width, resize, mean, std, kind, classes, task="classification", **more):
    return {"schema": 1, "name": name, "task": task,
            "input": {"channels": 3, "height": height, "width": width, "colour_order": "RGB",
                      "resize": resize, "scale": 1 / 255,
                      "mean": [float(m) for m in mean], "std": [float(s) for s in std]},
            "output": {"kind": kind, **more}, "classes": list(classes)}


def read_classes(arguments, fallback):
    if not arguments.classes:
        return list(fallback)
    names = [line.strip() for line in arguments.classes.read_text().splitlines() if line.strip()]
    if len(set(names)) != len(names):
        raise ExportError(f"{arguments.classes} names a class twice")
    return names


def distinct(names):
    """Older lists of ImageNet's names hold two cranes; a card's are all different."""
    seen, out = {}, []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return out


class FirstOutput(torch.nn.Module):
    """Networks that return a tuple give their first tensor."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        out = self.model(x)
        while isinstance(out, (tuple, list)):
            out = out[0]
        return out


@torch.no_grad()
def check_outputs(model, card, batch):
    """What the model gives for a batch, which must be what its card says."""
    shape = [card["input"][key] for key in ("channels", "height", "width")]
    try:
        outputs = model(batch)
    except Exception as error:  # whatever the model raises
        raise ExportError(f"the model does not take {' × '.join(map(str, shape))}: {error}".split("\n")[0])
    if card["task"] == "classification":
        if outputs.dim() != 2:
            raise ExportError(f"the output is {tuple(outputs.shape)}, not batch × classes")
        if card["classes"] and outputs.shape[1] != len(card["classes"]):
            raise ExportError(f"the model gives {outputs.shape[1]} classes, {len(card['classes'])} are named: "
                              "give --classes")
        sums = (outputs.sum(1) - 1).abs().max().item()
        if card["output"]["kind"] == "probabilities" and sums > 1e-3:
            raise ExportError("the outputs do not sum to 1: the card's output kind should be logits")
    return outputs


@torch.no_grad()
def write_model(model, card, arguments):
    """Traces, compares with the eager model on other batches, writes both files. Returns the largest
    difference of outputs."""
    model = FirstOutput(model.float().eval().cpu())
    shape = [card["input"][key] for key in ("channels", "height", "width")]
    generator = torch.Generator().manual_seed(1)
    batches = [torch.randn(n, *shape, generator=generator) for n in (2, 2, 3)]
    expected = [check_outputs(model, card, batch) for batch in batches]
    script = torch.jit.trace(model, batches[0], check_trace=False)
    difference = 0.0
    for batch, wanted in zip(batches, expected):
        difference = max(difference, (script(batch) - wanted).abs().max().nan_to_num(float("inf")).item())
    scale = max(1.0, max(wanted.abs().max().item() for wanted in expected))
    if difference > 1e-5 * scale:
        raise ExportError(f"the trace differs from the model by {difference:.1e}: it depends on its input "
                          "in a way that tracing cannot follow")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    script.save(str(arguments.output))
    arguments.output.with_suffix(".card.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    return difference


@torch.no_grad()
def write_detector(model, card, arguments):
    """Scripts a detector that takes a list of images and gives a dict for each, compares, writes both files.
    Returns the largest difference of boxes and scores."""
    model = model.float().eval().cpu()
    shape = [card["input"][key] for key in ("channels", "height", "width")]
    generator = torch.Generator().manual_seed(1)
    images = [torch.rand(*shape, generator=generator) for _ in range(2)]
    expected = model(images)
    try:
        script = torch.jit.script(model)
    except Exception as error:
        raise ExportError(f"the model cannot be scripted: {error}".split("\n")[0])
    found = script(images)[1]
    difference = 0.0
    for wanted, given in zip(expected, found):
        if wanted["boxes"].shape != given["boxes"].shape or not torch.equal(wanted["labels"], given["labels"]):
            raise ExportError("the script gives other boxes than the model")
        for key in ("boxes", "scores"):
            if wanted[key].numel():
                difference = max(difference, (wanted[key] - given[key]).abs().max().nan_to_num(float("inf")).item())
    if difference > 1e-3:
        raise ExportError(f"the script differs from the model by {difference:.1e}")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    script.save(str(arguments.output))
    arguments.output.with_suffix(".card.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    return difference


def card_from_file(path, arguments):
    try:
        card = json.loads(pathlib.Path(path).read_text())
    except (OSError, ValueError) as error:
        raise ExportError(f"{path}: {error}")
    for key in ("task", "input", "output", "classes"):
        if key not in card:
            raise ExportError(f"{path}: the card has no '{key}'")
    card = {"schema": 1, **card}
    card["name"] = arguments.name or card.get("name") or arguments.output.stem
    card["classes"] = read_classes(arguments, card["classes"])
    return card
