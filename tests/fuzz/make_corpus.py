#!/usr/bin/env python3
"""Writes the corpus's first inputs: small valid files of each format, made with other people's writers
(Pillow, NumPy, safetensors, Python's own) or by hand from the format's description. What fuzzing found lies
beside them, named after what it showed, and is kept.

usage: make_corpus.py            needs pillow, numpy and safetensors
"""
import gzip, io, json, lzma, pathlib, struct, zipfile

import numpy as np
from PIL import Image
from safetensors.numpy import save

corpus = pathlib.Path(__file__).parent / "corpus"
random = np.random.default_rng(1)


def put(reader, name, content):
    folder = corpus / reader
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        content = content.encode()
    (folder / name).write_bytes(content)


def encoded(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def images():
    colour = Image.fromarray(random.integers(0, 255, (11, 13, 3), dtype=np.uint8))
    grey, palette = colour.convert("L"), colour.convert("P")
    clear = colour.convert("RGBA")
    deep = Image.fromarray(random.integers(0, 65535, (5, 6), dtype=np.uint16))
    exif = Image.Exif()
    exif[0x0112] = 6
    put("jpeg", "colour", encoded(colour, "JPEG", quality=60))
    put("jpeg", "progressive", encoded(colour, "JPEG", quality=40, progressive=True))
    put("jpeg", "grey-oriented", encoded(grey, "JPEG", exif=exif))
    put("jpeg", "inks", encoded(colour.convert("CMYK"), "JPEG"))
    put("jpeg", "restarts", encoded(grey, "JPEG", restart_marker_blocks=1))
    put("png", "colour", encoded(colour, "PNG"))
    put("png", "palette", encoded(palette, "PNG", transparency=3))
    put("png", "clear-oriented", encoded(clear, "PNG", exif=exif))
    put("png", "deep", encoded(deep, "PNG"))
    put("png", "one-bit", encoded(colour.convert("1"), "PNG"))
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        put("tiff", compression, encoded(colour, "TIFF", compression=compression))
    put("tiff", "jpeg", encoded(colour, "TIFF", compression="jpeg"))
    put("tiff", "deep", encoded(deep, "TIFF"))
    put("tiff", "fax", encoded(colour.convert("1"), "TIFF", compression="group4"))
    put("tiff", "two-frames", encoded(grey, "TIFF", save_all=True, append_images=[grey]))
    put("other-images", "bmp", encoded(colour, "BMP"))
    put("other-images", "bmp-palette", encoded(palette, "BMP"))
    put("other-images", "webp", encoded(colour, "WEBP", quality=30))
    put("other-images", "webp-lossless", encoded(clear, "WEBP", lossless=True))
    put("other-images", "webp-animated", encoded(colour, "WEBP", save_all=True, append_images=[clear]))
    put("other-images", "ppm", encoded(colour, "PPM"))
    put("other-images", "pgm", b"P2\n# plain\n2 2\n255\n1 2 3 4\n")
    put("other-images", "jpeg2000", encoded(colour, "JPEG2000", quality_layers=[40]))
    put("other-images", "gif", encoded(palette, "GIF"))
    put("exif", "little", exif.tobytes()[6:])
    put("exif", "big", b"MM\0*\0\0\0\x08\0\x02\x01\0\0\x03\0\0\0\x01\0\x07\0\0\x01\x12\0\x03\0\0\0\x01\0\x08\0\0\0\0\0\0")


def data_sets():
    def idx(*shape):
        values = random.integers(0, 255, int(np.prod(shape)), dtype=np.uint8).tobytes()
        return struct.pack(">I", 0x800 | len(shape)) + struct.pack(f">{len(shape)}I", *shape) + values

    put("idx", "grey", idx(3, 4, 5))
    put("idx", "colour", idx(2, 4, 5, 3))
    put("idx", "packed", gzip.compress(idx(3, 4, 5), mtime=0))
    put("idx-labels", "two", struct.pack(">II", 0x801, 2) + b"\1\2")
    put("idx-labels", "packed", gzip.compress(struct.pack(">II", 0x801, 2) + b"\1\2", mtime=0))
    put("cifar10", "one", bytes([3]) + bytes(3072))


def arrays():
    def npy(array, version):
        stream = io.BytesIO()
        np.lib.format.write_array(stream, array, version)
        return stream.getvalue()

    put("npy", "float32", npy(np.arange(6, dtype="<f4").reshape(2, 3), (1, 0)))
    put("npy", "half-fortran", npy(np.asfortranarray(np.arange(24, dtype="<f2").reshape(2, 3, 4)), (2, 0)))
    put("npy", "int8", npy(np.arange(4, dtype="i1"), (3, 0)))
    put("npy", "uint64", npy(np.array(7, dtype="<u8"), (1, 0)))
    put("npy", "big-endian", npy(np.arange(4, dtype=">f8"), (1, 0)))
    put("safetensors", "several", save({"a": np.ones((2, 3), np.float32), "b": np.arange(3), "c": np.array(True)},
                                       {"format": "pt"}))
    put("safetensors", "empty", save({}))
    put("safetensors", "no-values", save({"a": np.ones((0, 3), np.float16)}))
    d, layers = 4, 1
    gpt2 = {"wte.weight": (3, d), "wpe.weight": (2, d), "ln_f.weight": (d,), "ln_f.bias": (d,)}
    for name, shape in {"ln_1.weight": (d,), "ln_1.bias": (d,), "ln_2.weight": (d,), "ln_2.bias": (d,),
                        "attn.c_attn.weight": (d, 3 * d), "attn.c_attn.bias": (3 * d,), "attn.c_proj.weight": (d, d),
                        "attn.c_proj.bias": (d,), "mlp.c_fc.weight": (d, d), "mlp.c_fc.bias": (d,),
                        "mlp.c_proj.weight": (d, d), "mlp.c_proj.bias": (d,)}.items():
        gpt2["h.0." + name] = shape
    put("key-maps", "gpt2", save({name: np.zeros(shape, np.float16) for name, shape in gpt2.items()}))
    xl = {"word_emb.emb_layers.0.weight": (3, d), "crit.out_layers.0.bias": (3,), "crit.out_layers.0.weight": (3, d),
          "layers.0.dec_attn.qkv_net.weight": (3 * d, d), "layers.0.dec_attn.o_net.weight": (d, d),
          "layers.0.dec_attn.r_net.weight": (d, d), "r_w_bias": (2, 2), "r_r_bias": (2, 2),
          "layers.0.dec_attn.layer_norm.weight": (d,), "layers.0.dec_attn.layer_norm.bias": (d,),
          "layers.0.pos_ff.CoreNet.0.weight": (d, d), "layers.0.pos_ff.CoreNet.0.bias": (d,),
          "layers.0.pos_ff.CoreNet.3.weight": (d, d), "layers.0.pos_ff.CoreNet.3.bias": (d,),
          "layers.0.pos_ff.layer_norm.weight": (d,), "layers.0.pos_ff.layer_norm.bias": (d,)}
    put("key-maps", "transformer-xl", save({name: np.zeros(shape, np.float16) for name, shape in xl.items()}))


def predictions():
    facts = {"format": "plumbline predictions 2", "version": "1", "first": "0", "count": "3"}
    f32, i32 = np.float32, np.int32
    classes = {"class": np.zeros((2, 3), i32), "confidence": np.full((2, 3), 0.6, f32),
               "log_prob_label": np.full((2, 3), -0.5, f32)}
    put("predictions", "classes",
        save(dict(classes, log_probs=np.full((2, 3, 2), -0.7, f32)),
             dict(facts, kind="classes", classes="2", voters="m:identity,m:flip_x")))
    put("predictions", "classes-half",
        save(dict(classes, log_probs=np.full((2, 3, 2), -0.7, np.float16)),
             dict(facts, kind="classes", classes="2", voters="m:identity,m:flip_x")))
    put("predictions", "classes-top",
        save(dict({name: value[:1] for name, value in classes.items()}, top_classes=np.zeros((1, 3, 32), i32),
                  top_log_probs=np.full((1, 3, 32), -4, np.float16)),
             dict(facts, kind="classes", classes="2000", voters="m:identity")))
    put("predictions", "boxes",
        save({"offsets": np.array([0, 1, 1, 2], np.int64), "known": np.ones((1, 3), np.uint8),
              "boxes": np.array([[0, 0, 2, 2], [1, 1, 3, 4]], f32), "scores": np.full(2, 0.5, f32),
              "labels": np.zeros(2, i32)}, dict(facts, kind="boxes", classes="2", voters="m:identity")))
    voter = {"dataset": "d", "split": "test", "model": "m", "view": "flip_x", "precision": "fp32", "decoder": "x",
             "device_kind": "cpu"}
    line = json.dumps({"v": 1, "file": "a.safetensors", "first": 0, "count": 3, "voters": [voter]}) + "\n"
    put("manifest", "two", line + line.replace("a.safe", "b.safe"))
    put("manifest", "cut", line + line[:40])


def archives():
    for name, entries in {"torchscript": ["m/data.pkl", "m/constants.pkl", "m/code/__torch__.py"],
                          "pickle": ["m/data.pkl", "m/data/0"], "package": ["m/archive_format", "m/x.so"]}.items():
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for entry in entries:
                kind = zipfile.ZIP_DEFLATED if entry.endswith(".py") else zipfile.ZIP_STORED
                archive.writestr(zipfile.ZipInfo(entry), "def forward(self, x):\n  return torch.relu(x)\n", kind)
        put("archive", name, stream.getvalue())
    put("archive", "empty", b"PK\5\6" + bytes(18))


def documents():
    channels = {"channels": 3, "height": 32, "width": 32, "colour_order": "RGB", "scale": 1 / 255,
                "mean": [0.5] * 3, "std": [0.25] * 3}
    card = {"schema": 1, "name": "m", "task": "classification", "input": dict(channels, resize={"kind": "none"}),
            "output": {"kind": "logits"}, "classes": ["a", "b"], "architecture": "resnet20", "shortcut": "A"}
    put("model-card", "classes", json.dumps(card))
    card["input"]["resize"] = {"kind": "short-side", "size": 36, "interpolation": "bilinear-antialias"}
    card["output"] = {"kind": "probabilities", "tensor": "probs"}
    put("model-card", "short-side", json.dumps(card))
    card = {"schema": 1, "name": "d", "task": "detection",
            "input": dict(channels, resize={"kind": "letterbox", "pad": 114, "anchor": "centre", "rounding": "round"}),
            "output": {"kind": "yolox", "decoded": False, "strides": [8, 16]}, "classes": ["a"],
            "postprocess": {"score_threshold": 0.01, "nms": "per-class", "iou": 0.65, "max_detections": 100}}
    put("model-card", "boxes", json.dumps(card))
    for name, text in {"majority": "majority(t=0.7,m=2)", "mean": "mean(t=0.5)", "mcp": "mcp(t=0.5)"}.items():
        put("bound-policy", name, json.dumps({"policy": text, "voters": 3}))
        put("policy", name, text)
    put("bound-policy", "learned", json.dumps({"policy": "mean(t=0.5)", "voters": 3, "split": "val",
                                               "learned": {"temperature": [1.5], "weights": [1, 2, 3]}, "inner": []}))
    for name, text in {"polygraph": "polygraph(t=0.6,members=3)", "unanimous": "unanimous", "gmean": "gmean(t=0.25)",
                       "nested": 'cascade(first=mcp(t=0.9),then="mean(t=0.5)")', "list": "mean(weights=\"1,2,3,4\")",
                       }.items():
        put("policy", name, text)
    config = {"schema": 1, "name": "c", "layers": 1, "d_model": 8, "heads": 2, "d_head": 4, "d_inner": 8,
              "vocabulary": 20, "cutoffs": [5], "div_val": 2, "train": {"length": 8, "memory": 8},
              "evaluation": {"length": 4, "memory": 4}, "positions": "relative", "norm": "post"}
    put("planer", "configuration", json.dumps(config))
    put("planer", "text", json.dumps({"file": "/text", "hash": "0", "tokens": "bytes", "train": 0.9, "validation": 0.05}))
    put("planer", "targets", "[0.5, 0.8]")
    key = {"device": "CPU", "batch": 1, "length": 8, "memory": 8, "precision": "fp32"}
    put("planer", "key", json.dumps(key))
    latency = {"median_ms": 1, "spread_ms": 0.1, "repeats": 9}
    options = {name: latency for name in ("skip", "attention-1", "attention-2", "feed-forward")}
    table = {"schema": 1, "key": key, "config": config, "cuda_graph": False, "options": options, "embedding": latency,
             "softmax": latency, "norm": latency, "baseline": latency, "measured_at": "2026-01-01T00:00:00Z"}
    put("planer", "table", json.dumps(table))
    losses = {"schema": 1, "config": config, "base": {"schema": 1, "options": ["attention-2", "feed-forward"]},
              "base_loss": 2, "increments": [{"skip": 0.1, "attention-2": 0, "feed-forward": 0.2}] * 2}
    put("planer", "front", json.dumps({"increments": losses, "table": table}))


def texts():
    for name, text in {"identity": "identity", "list": "identity,flip_x,rotate=90,gamma=1.5", "sum": "flip_x+gamma=0.8",
                       "noise": "noise=8:3", "crops": "five_crop,ten_crop+flip_x", "voters": "a:identity,b:flip_x,c",
                       "brackets": "gamma(2)+scale(0.9)", "far": "gamma=1e300,rotate=-1e-300"}.items():
        put("views", name, text)
    words = b"the cat sat\non the <unk> mat \n"
    put("text", "plain", words)
    put("text", "gzip", gzip.compress(words, mtime=0))
    put("text", "gzip-two-members", gzip.compress(words, mtime=0) * 2)
    put("text", "xz", lzma.compress(words))
    put("text", "xz-sha256", lzma.compress(words, check=lzma.CHECK_SHA256))
    put("text", "gzip-zeros", gzip.compress(bytes(1 << 20), mtime=0))
    put("words", "three", "the\ncat\r\nsät\n")
    put("words", "cut", "one\ntwo")


def jobs():
    events = [{"event": "started", "job": "j", "kind": "run"},
              {"event": "progress", "phase": "predictions", "done": 1, "total": 9, "unit": "samples", "rate": 2.5, "eta_s": 3},
              {"event": "metric", "name": "loss", "value": 0.5, "step": 1},
              {"event": "warning", "code": "image", "message": "is damaged", "sample": "a/0"},
              {"event": "paused"}, {"event": "resumed"},
              {"event": "point", "search": "s", "target": 0.5, "step": 1, "latency_ms": 2, "loss": 1.5, "target_ms": 1,
               "temperature": 0.5, "probabilities": [[0.5, 0.5], [1, 0]]},
              {"event": "architecture", "search": "s", "target": 0.5, "state": "done", "options": ["skip", "feed-forward"],
               "network": "n", "latency_ms": 1},
              {"event": "failed", "code": "device", "message": "no memory", "hint": "less"},
              {"event": "finished", "summary": {"samples": 9}}]
    lines = "".join(json.dumps(dict({"v": 1, "t": 0.5 * i}, **event)) + "\n" for i, event in enumerate(events))
    put("job-events", "all", lines)
    put("job-events", "garbage", "{\n\n[1]\n{\"v\":2}\n" + lines[:90])
    subjects = {"run": {"of": "run", "run": "r", "dataset": "d", "splits": ["test"],
                        "voters": [{"model": "m", "view": "flip_x"}], "retry": "resume"},
                "train": {"of": "train", "model": "m", "architecture": "lenet5", "dataset": "d", "splits": ["train"],
                          "view": "identity", "epochs": 3, "retry": "resume"},
                "import": {"of": "import", "what": "model", "name": "m", "file": "/m.pt", "retry": "repeat"},
                "search": {"of": "search", "search": "s", "from": "base", "targets": [0.5], "steps": 9, "retry": "resume"},
                "network": {"of": "network", "task": "train", "networks": ["n"], "from": "", "config": "tiny", "steps": 9,
                            "batches": [1], "lengths": [8], "retry": "resume"}}
    for name, subject in subjects.items():
        job = {"id": "20260101-000000-x-1", "kind": "planer-search" if name == "search" else name, "pid": 1,
               "command": [name, "s.plumb", "--job", "x"], "subject": subject}
        put("job-folder", name, json.dumps(job) + "\0" + lines)
    for name, command in {"old-run": ["run", "s.plumb", "--dataset", "d", "--split", "test", "--voters", "m:flip_x,n"],
                          "old-search": ["planer", "search", "s.plumb", "--from", "b", "--target", "0.5", "--steps", "9"]}.items():
        put("job-folder", name, json.dumps({"kind": command[0], "command": command}))
    put("control", "words", "pause\nresume\ncancel\nelse\npau")


def studies():
    """The first byte chooses what the reader does with the rest (study.cpp, thumbnails.cpp)."""
    put("study", "as-written", b"\1")
    put("study", "no-database", b"\0SQLite format 3\0")
    put("study", "byte", b"\1\x12\0\x02")
    for column in range(0, 110, 3):
        put("study", f"value-{column}", bytes([2, column, 2, 10, column + 1, 6, 3, 0]) + b"[1]")
    put("study", "older", bytes([2, 255, 3]))
    put("thumbnails", "as-written", b"\1")
    put("thumbnails", "length", b"\2\x14\xff")
    put("thumbnails", "name", b"\2\x19\x04")
    put("thumbnails", "empty", b"\0PLTHUMBS1\0\0\0\0\0\0\0")


for make in (images, data_sets, arrays, predictions, archives, documents, texts, jobs, studies):
    make()
