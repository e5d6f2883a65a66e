"""The parts of a device's benchmark: what each starts, how long it may take, and what of it is kept."""
import dataclasses
import pathlib

HERE = pathlib.Path(__file__).resolve().parents[1]
ROOT = HERE.parents[2]


@dataclasses.dataclass(frozen=True)
class Place:
    """What parts are told: where programs are, where to write, on what device."""
    bin: pathlib.Path
    bench: pathlib.Path
    work: pathlib.Path   # each part has a folder of its own in it
    device: str          # as a part names it, which sees no other where it needs one GPU
    gpus: int
    cores: int


@dataclasses.dataclass(frozen=True)
class Part:
    name: str
    what: str
    seconds: int                 # after which it is stopped
    least: int                   # with less left it is not begun
    command: object              # of Place and its folder: the words
    keeps: tuple = ()            # patterns of files in its folder
    needs: object = None         # of Place: why it cannot be run, or nothing
    after: str = ""              # a part whose folder it reads
    environment: object = None   # of Place: variables


NETWORKS = {"PEERS": "resnet50,resnet18,vit_b_16,retinanet"}


def networks_folder(place):
    return place.work / "networks"


def without_two_gpus(place):
    if place.gpus < 2:
        return "one GPU" if place.gpus == 1 else "no GPU"
    return ""


def script(name, *words):
    return [str(HERE / name), *map(str, words)]


def on_device(place):
    return {"DEVICE": place.device}


def engine_of(place):
    return place.bin / "plumbline-engine"


def step_command(place, folder):
    return [str(engine_of(place)), "planer", "profile", str(folder / "step.plumb"), "--config",
            str(ROOT / "tests/bench/planer/enwik8_base_imdb.json"), "--batch", "1", "--precision", "bf16", "--device",
            place.device, "--json", "--quiet"]


def boxes_command(place, folder):
    return script("run_box_operators", place.bench / "bench_box_operators", folder, place.device)


# The cheap and the important first: what does not fit into the time is said, not measured badly.
PARTS = (
    Part("views", "view_synthesis beside a copy, and the device's ceilings", 90, 10,
         lambda place, folder: [str(place.bench / "bench_view_synthesis"), place.device]),
    Part("attention", "relative attention, a step and a training's", 120, 20,
         lambda place, folder: [str(place.bench / "bench_attention_step"), "cuda"]),
    Part("experts", "routed experts", 60, 15, lambda place, folder: [str(place.bench / "bench_routed_experts")]),
    Part("step", "a step of Transformer-XL", 120, 20, step_command),
    Part("boxes", "suppression and roi_align beside torchvision", 90, 20, boxes_command, ("box_operators.md",)),
    Part("training", "training of Transformer-XL", 150, 40,
         lambda place, folder: script("run_token_training", engine_of(place), folder), environment=on_device),
    Part("resnets", "four ResNets on images in memory", 120, 20,
         lambda place, folder: script("run_in_memory", engine_of(place), folder, "resnets"), environment=on_device),
    Part("staged", "a decision in stages", 120, 30,
         lambda place, folder: script("run_staged", engine_of(place), folder), environment=on_device),
    Part("energy", "energy by the device's counter", 210, 90,
         lambda place, folder: script("run_energy", place.bin, folder), ("first.json", "second.json"),
         environment=lambda place: {**on_device(place), "MODELS": "resnet20-a,resnet32-d"}),
    Part("networks", "users' networks beside PyTorch eager", 300, 90,
         lambda place, folder: script("run_users_networks", place.bench / "bench_users_networks", folder),
         ("ours-bf16-*.jsonl", "peer-bf16.jsonl", "compare-fp32.jsonl", "work.jsonl"),
         environment=lambda place: {**on_device(place), **NETWORKS, "PRECISIONS": "fp32", "WAYS": "eager"}),
    Part("pictures", "five ImageNet ResNets on images in memory", 120, 40,
         lambda place, folder: script("run_in_memory", engine_of(place), folder, "pictures", networks_folder(place)),
         after="networks", environment=on_device),
    Part("files", "five ImageNet ResNets from JPEG files", 180, 70,
         lambda place, folder: script("run_from_files", engine_of(place), networks_folder(place), place.bench),
         after="networks",
         environment=lambda place: {**on_device(place), "WORKERS": str(place.cores)}),
    Part("compiled", "users' networks by torch.compile", 300, 60,
         lambda place, folder: script("run_users_networks", place.bench / "bench_users_networks", networks_folder(place)),
         after="networks",
         environment=lambda place: {**on_device(place), **NETWORKS, "STEPS": "peers", "WAYS": "compiled"}),
    Part("ranks", "one run by two GPUs", 150, 60,
         lambda place, folder: script("run_ranks", place.bin, folder, "fashion",
                                      *(ROOT / "resources/demo/fashion-mnist" / f"t10k-{kind}-ubyte.gz"
                                        for kind in ("images-idx3", "labels-idx1"))),
         ("one.json", "ranks.json"), without_two_gpus,
         environment=lambda place: {"VIEWS": "identity,flip_x,flip_y,rot180,gamma=0.8,gamma=2,brightness=0.1,contrast=1.2"}),
    Part("training_ranks", "training by two GPUs", 240, 100,
         lambda place, folder: script("train_ranks", engine_of(place), "made", ROOT / "resources/demo/text/kjv.txt.xz",
                                      folder, "--only", "speed"), needs=without_two_gpus),
    Part("package", ".pt2 beside torch.compile", 1300, 200,
         lambda place, folder: script("run_pt2", place.bench / "bench_users_networks", folder),
         ("ours-bf16-*.jsonl", "peer-bf16-*.jsonl"),
         environment=lambda place: {**on_device(place), "PACKAGES": "1:4096+1", "BATCHES": "256 1",
                                    "WAYS": "reduce-overhead,max-autotune-no-cudagraphs"}),
)
