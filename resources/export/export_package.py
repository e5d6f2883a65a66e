"""A .pt2 package: the network compiled ahead of time by AOTInductor, for one kind of device."""
import ctypes
import json
import pathlib
import tempfile
import warnings
import zipfile

import torch

from export_common import ExportError, FirstOutput, check_outputs

TYPES = {"fp32": torch.float32, "tf32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
# What sums in another order and by fused kernels may change, of the largest value.
TOLERANCE = {"fp32": 1e-4, "tf32": 2e-2, "bf16": 5e-2, "fp16": 1e-2}
# What is fast at a run's batches is not at a single image: on a GPU that has a model of its own.
BATCHES = {"cpu": "1:4096", "cuda": "1:4096+1"}


def batches_of(text):
    """'8', '1:4096' or '1:4096+1' as (least, most) of each model, that of the most sizes first."""
    ranges = []
    for part in str(text).split("+"):
        try:
            numbers = [int(word) for word in part.split(":")]
        except ValueError:
            numbers = []
        if len(numbers) not in (1, 2) or numbers[0] < 1 or numbers[-1] < numbers[0]:
            raise ExportError(f"--batch is a size, as in 8, or a range, as in 1:4096, or several, as in 1:4096+1, "
                              f"not '{text}'")
        ranges.append((numbers[0], numbers[-1]))
    if len(set(ranges)) < len(ranges):
        raise ExportError(f"--batch names the same sizes twice: '{text}'")
    return sorted(ranges, key=lambda batches: (batches[0] - batches[1], batches[0]))


def name_of(least, most):
    return f"batch-{least}" if least == most else f"batch-{least}-{most}"


def open_libtorch():
    """A package for a CPU is not linked with LibTorch, so that it runs beside any build of it; Python's own
    keeps its functions to itself."""
    folder = pathlib.Path(torch.__file__).parent / "lib"
    for name in ("libc10.so", "libtorch_cpu.so"):
        ctypes.CDLL(str(folder / name), mode=ctypes.RTLD_GLOBAL)


def settings(arguments, least, most):
    gpu = arguments.device == "cuda"
    return {
        "freezing": not arguments.unfolded,  # folds normalisation, lays weights out once
        "max_autotune": gpu and not arguments.fast,
        "aot_inductor.link_libtorch": gpu,
        "aot_inductor.metadata": {
            "PLUMBLINE_PRECISION": arguments.precision,
            "PLUMBLINE_BATCH": str(least) if least == most else f"{least}:{most}",
            "PLUMBLINE_LAYOUT": "channels-last",
        },
    }


def put_beside(package, other, name):
    """Puts the only model of another package beside those of a package."""
    with zipfile.ZipFile(package, "a", zipfile.ZIP_STORED) as target, zipfile.ZipFile(other) as source:
        archive = target.namelist()[0].split("/")[0]
        for entry in source.namelist():
            _, found, file = entry.partition("/data/aotinductor/model/")
            if found:
                target.writestr(zipfile.ZipInfo(f"{archive}/data/aotinductor/{name}/{file}"), source.read(entry))


@torch.no_grad()
def compile_model(model, images, arguments, least, most, output):
    """Compiles the model for batches of some sizes. Returns a batch that it is to be fast at."""
    # What is fast is chosen for the batches of a run.
    typical = arguments.tuned_for or (256 if arguments.device == "cuda" else 32)
    example = images(min(max(typical, least), most))
    varying = ({0: torch.export.Dim("batch", min=least, max=most)},) if most > least else None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.export.export(model, (example,), dynamic_shapes=varying)
            torch._inductor.aoti_compile_and_package(program, package_path=str(output),
                                                     inductor_configs=settings(arguments, least, most))
    except Exception as error:  # whatever the model or the compiler raises
        reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        hint = "" if varying is None else " (--batch 32 exports it for that size alone)"
        raise ExportError(f"the model cannot be exported as .pt2: {reason.strip()}{hint}")
    return example


@torch.no_grad()
def check_package(package, model, images, example, least, most, tolerance):
    """The largest difference of outputs, on other batches than it was compiled with."""
    difference = 0.0
    for count in sorted({least, min(3, most) if least <= 3 else least, min(most, example.shape[0] + 1), most
                         if most <= 64 else example.shape[0]}):
        batch = images(count)
        wanted, given = model(batch).float(), package(batch).float()
        scale = max(1.0, wanted.abs().max().item())
        # Not a number is no agreement, which max() would take for one.
        difference = max(difference, ((wanted - given).abs().max() / scale).nan_to_num(float("inf")).item())
    if not difference <= tolerance:
        raise ExportError(f"the package differs from the model by {difference:.1e} of its largest value")
    return difference


@torch.no_grad()
def write_package(model, card, arguments):
    """Exports with a batch that may vary (or is fixed, --batch 8), compiles, once for each of --batch's parts,
    compares with the model on other batches, writes both files. Returns the largest difference of outputs."""
    ranges = batches_of(arguments.batch or BATCHES[arguments.device])
    if arguments.device == "cuda" and not torch.cuda.is_available():
        raise ExportError("no GPU is here: a package for one is compiled where it runs")
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = arguments.precision == "tf32"
    device, kind = torch.device(arguments.device), TYPES[arguments.precision]
    shape = [card["input"][key] for key in ("channels", "height", "width")]
    generator = torch.Generator().manual_seed(1)

    def images(count):
        made = torch.randn(count, *shape, generator=generator).to(device, kind)
        return made.contiguous(memory_format=torch.channels_last)

    model = FirstOutput(model.float().eval().cpu())
    check_outputs(model, card, images(2).float().cpu())
    model = model.to(device, kind).to(memory_format=torch.channels_last)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    difference = 0.0
    with tempfile.TemporaryDirectory(dir=arguments.output.parent) as folder:
        made = pathlib.Path(folder) / arguments.output.name
        checks = []
        for least, most in ranges:
            alone = made.with_name("alone.pt2")
            example = compile_model(model, images, arguments, least, most, alone if checks else made)
            # LibTorch loads the model of this name where none is asked for.
            name = name_of(least, most) if checks else "model"
            if checks:
                put_beside(made, alone, name)
            checks.append((name, example, least, most))
        open_libtorch()
        for name, example, least, most in checks:
            try:
                package = torch._inductor.package.load_package(str(made), name)
                package(example)
            except Exception as error:
                raise ExportError(f"the package does not run here: {(str(error).strip().splitlines() or ['?'])[0]}")
            difference = max(difference, check_package(package, model, images, example, least, most,
                                                       TOLERANCE[arguments.precision]))
        made.replace(arguments.output)
    arguments.output.with_suffix(".card.json").write_text(
        json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    return difference
