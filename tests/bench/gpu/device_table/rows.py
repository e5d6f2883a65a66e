"""Every row of the device's table, made of a record alone."""
import contextlib
import json
import re

from .record import NoFigure, NotRun, Reader, field, median, number
from .row import Bar, Ceiling, Rows, beside, costs, rates

NETWORKS = {"resnet50": "ResNet-50", "resnet18": "ResNet-18", "vit_b_16": "ViT-B/16",
            "retinanet": "RetinaNet of ResNet-50, 320 × 320"}
VOTERS = ("resnet50", "resnet50_b", "resnet18", "resnet18_b", "resnet18_c")
# What the training reached with attention of LibTorch's pieces, 400 steps of 22 × 512 after 512 (results/README.md).
TRAINED_BEFORE = {"NVIDIA H200": 249_484}


def copy_rate(reader):
    return field(reader.find("views", ceiling="copy"), "gigabytes_per_second")


def products_rate(reader):
    return field(reader.find("views", ceiling="bf16 products"), "teraflops")


def of_products(reader, teraflops):
    """None where the ceiling was not measured: the figure stands without."""
    try:
        ceiling = products_rate(reader)
    except (NoFigure, NotRun):
        return None
    return Ceiling(teraflops / ceiling, f"{ceiling:.0f} TFLOP/s, bf16 products")


def add_views(rows, reader):
    for size in ("224 × 224", "32 × 32"):
        for group in ("identity", "flips", "crops", "tones", "histograms", "local histograms", "resampling"):
            bar = Bar("share", 0.7) if group in ("identity", "flips", "crops", "tones") else None

            def make(size=size, group=group):
                line = reader.find("views", views=group, images=size)
                rate, copy = field(line, "gigabytes_per_second"), copy_rate(reader)
                return {"ours": rate, "ceiling": Ceiling(rate / copy, f"{copy:.0f} GB/s, a copy"),
                        "note": f"{field(line, 'count'):.0f} views"}
            rows.add("views", f"view_synthesis, {group}, {size}", bar, "GB/s", make)


def add_attention(rows, reader):
    for batch, limit in ((1, 30), (32, 75), (256, 350)):
        def make(batch=batch):
            ours, pieces, floor = reader.match(
                "attention", rf"batch +{batch}, 8 heads, 64 \+ 640, bf16: +([\d.]+) us; joined and copied +[\d.]+, "
                r"pieces on a ring +([\d.]+), those without relative term +[\d.]+; ceiling +([\d.]+);.*", f"batch {batch}")
            ours, floor = number(ours, "ours"), number(floor, "the ceiling")
            return beside(ours, number(pieces, "the pieces"), "LibTorch's pieces on a ring",
                          ceiling=Ceiling(floor / ours, f"{1 / floor:.3g} steps/µs, bytes or products"))
        rows.add("attention", f"relative attention, a whole step, 64 after 640, batch {batch}", Bar("ours", limit, "at most"),
                 "µs", make)
    for batch, length in ((22, 512), (48, 256)):
        def make(batch=batch, length=length):
            ours, pieces = reader.match(
                "attention", rf"training, batch {batch}, {length} \+ {length}, bf16: (\d+) us; pieces (\d+) us, [\d.]+ x",
                f"training, batch {batch}")
            return beside(number(ours, "ours"), number(pieces, "the pieces"), "LibTorch's pieces")
        rows.add("attention", f"attention and its gradient, {batch} × {length} after {length}", None, "µs", make)


def experts_line(reader, tokens, top):
    ours, dense, faster, pieces = (number(word, "a time") for word in reader.match(
        "experts", rf"{tokens} tokens, top-{top}: +([\d.]+) us; dense +([\d.]+), with its activation in the product +"
        r"([\d.]+); LibTorch's pieces +([\d.]+); .*", f"{tokens} tokens, top-{top}"))
    return ours, dense, faster, pieces


def add_experts(rows, reader):
    for tokens, limit in ((64, 2.5), (2048, 1.7), (16384, 1.25)):
        name = f"8 experts, top-1, {tokens:,} tokens"

        def of_dense(tokens=tokens, index=1, which="a dense feed-forward of the same active width"):
            line = experts_line(reader, tokens, 1)
            return costs(line[0], line[index], which)
        rows.add("experts", name, Bar("ratio", limit, "at most"), "µs", of_dense)
        rows.add("experts", f"{name}, beside the faster dense one", None, "µs",
                 lambda f=of_dense: f(index=2, which="the same, its activation in the product"))

        def of_one(tokens=tokens):
            return costs(experts_line(reader, tokens, 2)[0], experts_line(reader, tokens, 1)[0], "top-1")
        rows.add("experts", f"8 experts, top-2, {tokens:,} tokens", Bar("ratio", 2, "at most"), "µs", of_one)


def add_step(rows, reader):
    def make():
        line = reader.find("step")
        key, baseline = line.get("key"), line.get("baseline")
        if not isinstance(key, dict) or key.get("batch") != 1 or (key.get("length"), key.get("memory")) != (64, 640):
            raise NoFigure(f"it is a step of {json.dumps(key)}")
        if not isinstance(baseline, dict):
            raise NoFigure("baseline is not said")
        return {"ours": field(baseline, "median_ms")}
    rows.add("step", "Transformer-XL 12 × 512, a step of 64 after 640, batch 1", Bar("ours", 0.5, "at most"), "ms", make)


def add_training(rows, reader):
    for shape in ("512 + 512", "256 + 256"):
        def line_of(shape=shape):
            return reader.find("training", training=shape)

        def share(line_of=line_of):
            line = line_of()
            rate, ceiling = field(line, "tokens_per_second"), products_rate(reader)
            done = rate * field(line, "gigaflop_per_token") / 1000
            return {"ours": rate, "ceiling": Ceiling(done / ceiling, f"{ceiling:.0f} TFLOP/s, bf16 products"),
                    "note": f"{done:.0f} TFLOP/s, {field(line, 'steps'):.0f} steps"}
        name = f"training of Transformer-XL 12 × 512, {shape}"
        rows.add("training", name, Bar("share", 0.25), "tokens/s", share)

        def before(line_of=line_of):
            device = reader.record["about"].get("device")
            line = line_of()
            if device not in TRAINED_BEFORE:
                raise NotRun(f"the old rate is of {' and '.join(TRAINED_BEFORE)} alone")
            return rates(field(line, "tokens_per_second"), TRAINED_BEFORE[device], "the recorded rate of before")
        if shape == "512 + 512":
            rows.add("training", f"{name}, beside attention of pieces", Bar("ratio", 2), "tokens/s", before)


def network_time(reader, name, batch):
    line = reader.find("networks", f"ours-bf16-{batch}.jsonl", network=name, batch=batch)
    return field(line, "milliseconds"), str(line.get("remark") or "")


def add_networks(rows, reader):
    for batch in (256, 1):
        for key, name in NETWORKS.items():
            def make(part, file, way, which, batch=batch, key=key):
                ours, remark = network_time(reader, key, batch)
                peer = reader.find(part, file, network=key, way=way, batch=batch)
                try:
                    work = field(reader.find("networks", "work.jsonl", network=key), "gigaflop_per_image")
                    ceiling = of_products(reader, work * batch / ours)
                except NoFigure:
                    ceiling = None
                return beside(ours, field(peer, "milliseconds"), which, ceiling=ceiling, note=remark)
            rows.add("networks", f"{name}, TorchScript, bf16, batch {batch}", Bar("ratio", 1.25), "ms",
                     lambda f=make: f("networks", "peer-bf16.jsonl", "eager", "PyTorch eager, channels last"))
            rows.add("compiled", f"{name}, TorchScript, bf16, batch {batch}, beside torch.compile", None, "ms",
                     lambda f=make: f("compiled", "output", "compiled", "torch.compile, reduce-overhead"))
    for key, name in NETWORKS.items():
        def exact(key=key):
            return {"ours": field(reader.find("networks", "compare-fp32.jsonl", network=key), "of_the_largest_logit")}
        rows.add("networks", f"{name}, float32 beside float64", Bar("ours", 1e-5, "at most"), "of the largest output", exact)


def add_package(rows, reader):
    for batch in (256, 1):
        def make(batch=batch):
            ours = [line for line in reader.find("package", f"ours-bf16-{batch}.jsonl", many=True, batch=batch)
                    if str(line.get("network")).startswith("resnet50-")]
            if not ours:
                raise NoFigure("no package was measured")
            best = max(ours, key=lambda line: field(line, "images_per_second"))
            peers = [line for line in reader.find("package", f"peer-bf16-{batch}.jsonl", many=True, batch=batch)
                     if line.get("way") != "eager"]
            if not peers:
                raise NoFigure("torch.compile was not measured")
            peer = max(peers, key=lambda line: field(line, "images_per_second"))
            return rates(field(best, "images_per_second"), field(peer, "images_per_second"),
                         f"torch.compile, {peer.get('way')}", note=str(best.get("network")))
        rows.add("package", f"ResNet-50, .pt2, bf16, batch {batch}", Bar("ratio", 0.97), "images/s", make)


def add_runs(rows, reader):
    def pictures():
        line = reader.find("pictures", what="five ImageNet ResNets")
        if field(line, "batch") != 256:
            raise NoFigure(f"the run took batches of {line['batch']}, not of 256")
        alone = sum(network_time(reader, name, 256)[0] for name in VOTERS)
        return rates(field(line, "images_per_second"), 256e3 / alone, "the networks' own graphs")
    rows.add("pictures", "five ImageNet ResNets, images in memory", Bar("ratio", 0.95), "images/s", pictures)
    for precision in ("fp32", "bf16"):
        def own(precision=precision):
            line = reader.find("resnets", what="four ResNets", precision=precision)
            return rates(field(line, "images_per_second"), field(line, "own_images_per_second"),
                         "views and networks of the same run alone")
        rows.add("resnets", f"four ResNets × 4 views of 28 × 28, images in memory, {precision}", Bar("ratio", 0.95), "images/s",
                 own)

        def eager(precision=precision):
            peer = reader.find("resnets", what="PyTorch eager", precision=precision)
            lines = [reader.find("resnets", what="four ResNets", precision=precision)]
            # Each at its better batch; older records have one of ours.
            with contextlib.suppress(NoFigure):
                lines.append(reader.find("resnets", what="four ResNets, larger batches", precision=precision))
            line = max(lines, key=lambda line: field(line, "images_per_second"))
            return rates(field(line, "images_per_second"), field(peer, "images_per_second"),
                         f"PyTorch eager, batch {peer.get('batch')}", note=f"batch {line.get('batch')}")
        rows.add("resnets", f"four ResNets × 4 views of 28 × 28, images in memory, {precision}, beside PyTorch eager",
                 Bar("ratio", 2), "images/s", eager)


def add_files(rows, reader):
    """A row for each of our ways; new ones need no change here. Then what bounds that by the GPU's decoder, and how far
    its accuracies are from the host's."""
    bar = Bar("ratio", 2.5)
    try:
        lines = [line for line in reader.lines("files")[0] if isinstance(line.get("way"), str)]
    except (NoFigure, NotRun):
        lines = []
    ways = dict.fromkeys(line["way"] for line in lines if line["way"].startswith("ours")) or {"ours": None}
    for way in ways:
        def make(way=way):
            ours = median([field(line, "images_per_second") for line in reader.find("files", many=True, way=way)])
            peers = [line for line in lines if line["way"].startswith("DataLoader")]
            if not peers:
                raise reader.why_missing("files", "the DataLoader")
            peer = max(peers, key=lambda line: field(line, "images_per_second"))
            return rates(ours, field(peer, "images_per_second"), peer["way"])
        name = "five ImageNet ResNets, from JPEG files" + ("" if way == "ours" else way[len("ours"):])
        rows.add("files", name, bar, "images/s", make)

    def bounded():
        line = reader.find("files", bar="80% of what bounds it")
        share, ceiling = field(line, "measured"), field(line, "ceiling")
        return {"ours": share * ceiling, "ceiling": Ceiling(share, f"{ceiling:,.0f} images/s, {line.get('bound')}")}
    rows.add("files", "five ImageNet ResNets, from JPEG files, by the GPU's decoder", Bar("share", 0.8), "images/s", bounded)

    def apart():
        line = reader.find("files", bar="accuracies of both decoders within 0.2 points")
        value = line.get("measured")
        # Equal accuracies are a figure, too.
        return {"ours": 0.0 if value == 0 and not isinstance(value, bool) else field(line, "measured"),
                "note": f"{line.get('device')} and {line.get('host')}"}
    rows.add("files", "accuracies by the GPU's decoder and by the host's, the furthest apart", Bar("ours", 0.2, "at most"),
             "points", apart)


def add_staged(rows, reader):
    name = "polygraph(0.7, 3) of four ResNets, staged"
    rows.add("staged", f"{name}: voters an image", Bar("ratio", 1.05, "at most"), "voters",
             lambda: costs(field(reader.find("staged"), "voters_run"), field(reader.find("staged"), "lower_bound"),
                           "the exact lower bound of policy and order", way="as many"))
    # Of files, as older records have it, what is read takes longer than the voters: nothing that a bar of
    # stages could be held against.
    try:
        in_memory = reader.find("staged").get("images_from") == "memory"
    except (NoFigure, NotRun):
        in_memory = True
    what = "a batch of 512" + ("" if in_memory else " from PNG files")
    note = "" if in_memory else "bound by reading files"
    rows.add("staged", f"{name}: {what}, beside what is expected of the voters", None, "ms",
             lambda: costs(field(reader.find("staged"), "measured_ms"), field(reader.find("staged"), "expected_ms"),
                           "what decide expects", note=note))
    rows.add("staged", f"{name}: {what}, beside the fewest voters at their times in a run",
             Bar("ratio", 1.15, "at most") if in_memory else None, "ms",
             lambda: costs(field(reader.find("staged"), "measured_ms"), field(reader.find("staged"), "bound_ms"),
                           "the voters of the exact lower bound, each at its time in a run", note=note))

    def equal():
        line = reader.find("staged")
        if not isinstance(line.get("verdicts_differ"), int) or isinstance(line.get("verdicts_differ"), bool):
            raise NoFigure("verdicts_differ is not said")
        return {"ours": float(line["verdicts_differ"])}
    rows.add("staged", f"{name}: verdicts that differ from those of all voters", Bar("ours", 0, "at most"), "images", equal)


def add_energy(rows, reader):
    def voters(file):
        line = reader.find("energy", file)
        if not isinstance(line.get("voters"), list):
            raise NoFigure("voters are not said")
        return {f"{v.get('model')}:{v.get('view')}": v for v in line["voters"] if isinstance(v, dict)}
    try:
        names = list(voters("second.json"))
    except (NoFigure, NotRun):
        names = []
    for name in names or ["a voter"]:
        def make(name=name):
            found = [voters(file).get(name) for file in ("first.json", "second.json")]
            if None in found:
                raise NoFigure("it was not measured twice")
            first, second = (field(voter, "joules_per_1000") for voter in found)
            return {**costs(second, first, "the first of two measurements"), "way": "as much",
                    "note": f"{field(found[1], 'joules_idle_per_1000'):.3g} J of it at rest"}
        rows.add("energy", f"energy of 1,000 images, {name}", Bar("ratio", 0.1, "within"), "J", make)


def add_boxes(rows, reader):
    def lines():
        found = [m for m in (re.fullmatch(r"\| (.+?) \| ([\d,]+) \| ([\d,]+) \| ([\d.]+) × \| (.*) \|", line.strip())
                             for line in reader.text("boxes", "box_operators.md").splitlines()) if m]
        return {m[1]: m for m in found}
    try:
        names = list(lines())
    except (NoFigure, NotRun):
        names = []
    for kind in ("suppression", "roi_align"):
        for name in [n for n in names if n.startswith(kind)] or [kind]:
            def make(name=name, kind=kind):
                found = lines().get(name)
                if found is None:
                    raise reader.why_missing("boxes", f"a line of {kind}")
                ours, peer, said = number(found[2], "ours"), number(found[3], "torchvision's"), number(found[4], "the ratio")
                # Times are printed rounded to microseconds.
                if abs(peer / ours - said) > 0.01 + 0.6 * said / min(ours, peer):
                    raise NoFigure(f"{found[2]} and {found[3]} do not make {found[4]} ×")
                kept = re.fullmatch(r"(\d+) kept, ours (\d+)", found[5])
                if kept and kept[1] != kept[2]:
                    raise NoFigure(f"the results differ: {found[5]}")
                return {"ours": ours, "peer": peer, "which": "torchvision", "ratio": said, "note": found[5]}
            rows.add("boxes", name, Bar("ratio", 1), "µs", make)


def add_ranks(rows, reader):
    def run():
        one, two = (reader.find("ranks", file) for file in ("one.json", "ranks.json"))
        if two.get("ranks") != 2:
            raise NoFigure(f"{two.get('ranks')} ranks computed, not 2")
        if "DIFFERS" in reader.text("ranks"):
            raise NoFigure("the exports of one and of two differ")
        rate = [field(line, "samples") / field(line, "computing_seconds") for line in (one, two)]
        return rates(rate[1], rate[0], "one GPU")
    rows.add("ranks", "one run by two GPUs", Bar("ratio", 1.9), "images/s", run)
    for name in ("resnet20, bf16, batch 1,024", "resnet20, bf16, batch 2,048", "enwik8-base, bf16, batch 24 × 512"):
        def train(name=name):
            one, two = reader.match("training_ranks", rf"(?:NOT AS IT SHOULD BE: )?{re.escape(name)}: ([\d.]+) steps/s by one, "
                                    r"([\d.]+) by 2: [\d.]+ ×, bar .*", name)
            return rates(number(two, "two"), number(one, "one"), "one GPU")
        rows.add("training_ranks", f"training by two GPUs, {name}", Bar("ratio", 1.7), "steps/s", train)


def rows_of(record):
    """Every row, in the order of the parts; never raises for what a part said."""
    rows, reader = Rows(), Reader(record)
    for add in (add_views, add_attention, add_experts, add_step, add_training, add_boxes, add_runs, add_staged, add_energy,
                add_networks, add_files, add_package, add_ranks):
        add(rows, reader)
    return rows.all
