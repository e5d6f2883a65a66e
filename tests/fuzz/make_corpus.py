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
    put("predictions", "classes-given",
        save(dict(classes, probabilities=np.full((2, 3, 2), 0.5, np.float64)),
             dict(facts, version="2", kind="classes", classes="2", voters="m:identity,m:flip_x")))
    put("predictions", "classes-further",
        save(dict(classes, log_probs=np.full((2, 3, 2), -0.7, f32)),
             dict(facts, kind="classes", classes="2", further_classes='["owl"]', voters="m:identity,m:flip_x")))
    put("predictions", "boxes",
        save({"offsets": np.array([0, 1, 1, 2], np.int64), "known": np.ones((1, 3), np.uint8),
              "boxes": np.array([[0, 0, 2, 2], [1, 1, 3, 4]], f32), "scores": np.full(2, 0.5, f32),
              "labels": np.zeros(2, i32)}, dict(facts, kind="boxes", classes="2", voters="m:identity")))
    voter = {"dataset": "d", "split": "test", "model": "m", "view": "flip_x", "precision": "fp32", "decoder": "x",
             "device_kind": "cpu"}
    line = json.dumps({"v": 1, "file": "a.safetensors", "first": 0, "count": 3, "voters": [voter]}) + "\n"
    put("manifest", "two", line + line.replace("a.safe", "b.safe"))
    put("manifest", "cut", line + line[:40])
    named = json.dumps({"v": 1, "file": "a.safetensors", "first": 0, "count": 3, "voters": [voter],
                        "models": {"m": "0f"}}) + "\n"
    time = json.dumps({"v": 1, "voter": voter, "device": "NVIDIA H200", "batch": 64, "batches": 9,
                       "median_ms": 1.5, "spread_ms": 0.1}) + "\n"
    warning = json.dumps({"v": 1, "run": "r", "warning": "image", "where": "a.png", "message": "is cut off"}) + "\n"
    put("manifest", "notes", named + time + warning)


def boxes():
    images = [{"id": 1, "file_name": "a.jpg", "width": 40, "height": 30}, {"id": "b", "file_name": "b.jpg"}]
    classes = [{"id": 1, "name": "cat"}, {"id": 7, "name": "dog", "supercategory": "animal"}]
    objects = [
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 10, 20], "area": 150.5, "iscrowd": 0,
         "segmentation": [[1, 2, 11, 2, 11, 22]]},
        {"id": 2.0, "image_id": "1", "category_id": 7, "bbox": ["3", 4, 5, 6], "iscrowd": 1, "ignore": 1,
         "segmentation": {"counts": "abc", "size": [30, 40]}},
        {"id": "x", "image_id": "b", "category_id": 1, "bbox": [5, 5, -2, 0], "area": 1e300}]
    put("coco", "whole", json.dumps({"info": {"year": 2026, "list": [[1, {"a": None}]]}, "licenses": [],
                                     "images": images, "annotations": objects, "categories": classes}))
    put("coco", "annotations-first", json.dumps({"annotations": objects[:1], "categories": classes[:1], "images": images[:1]}))
    put("coco", "annotations-alone", json.dumps({"annotations": [{key: value for key, value in one.items() if key != "id"}
                                                                 for one in objects]}))
    put("coco", "repeated", json.dumps({"images": images + images, "categories": classes + classes,
                                        "annotations": objects[:2] * 3}))
    put("coco", "empty", '{"images": [], "annotations": [], "categories": []}')
    found = [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 10, 20], "score": 0.9},
             {"image_id": "b", "category_id": 7, "bbox": [0, 0, 5, 5], "score": "0.25"},
             {"image_id": 1, "category_id": 1, "bbox": [2, 2, 10, 20], "score": 1.5},
             {"image_id": 3, "category_id": 2, "bbox": [1e-3, 0.5, 1e300, -4], "score": -1}]
    put("coco-results", "list", json.dumps(found))
    put("coco-results", "object", json.dumps({"annotations": found[:2], "images": images}))
    put("coco-results", "far-ids", json.dumps([dict(found[0], image_id=image, category_id=image)
                                               for image in (2**53, -2**63, 2**63, 1.5, 1e300, "", "?", " 1", "-0")]))
    put("coco-results", "none", "[]")
    named = "path: ../coco  # of another machine\ntrain: images/train\nval: images/val\n"
    labels = "0 0.5 0.5 0.25 0.5\n1 0.1 0.1 0.2 0.2 0.75\n\n1 0 0 1 0 1 1 0 1\r\n"
    put("yolo", "list", named + "nc: 2\nnames: [cat, dog]\n\0" + labels)
    put("yolo", "map", named + "names:\n  0: cat\n  2: \"a dog\"\n  1:\n\0" + labels)
    put("yolo", "anchors", "names: &names [&cat cat, *cat]\ntrain: [a, b]\nval: *names\n\0" + "0 1e-3 5e-1 .5 1\n")
    put("yolo", "scalars", "names: !!seq\n- |\n  long\n- 'it''s'\n- ~\ntrain: >-\n  images\n\0" + "2 0.5 0.5 1.5 1.5\n")

    def voc(*objects):
        return ("<?xml version=\"1.0\"?><!-- by hand -->\n<annotation><folder>VOC</folder><filename>a.jpg</filename>"
                "<size><width>40</width><height> 30\n</height><depth>3</depth></size>" + "".join(objects) + "</annotation>")

    cat = ("<object><name>cat</name><pose>Left</pose><truncated>1</truncated><difficult>0</difficult><bndbox>"
           "<xmin>1</xmin><ymin>2</ymin><xmax>11.5</xmax><ymax>22</ymax></bndbox></object>")
    dog = ("<object><name>dog &amp; &#x62;one</name><difficult>1</difficult><bndbox><ymin>9</ymin><xmax>1</xmax>"
           "<xmin>5</xmin><ymax>9</ymax></bndbox><part><name>head</name></part></object>")
    put("voc", "two", voc(cat, dog))
    put("voc", "none", voc())
    put("voc", "sections", voc(cat.replace("cat", "<![CDATA[cat]]>")).replace("VOC", "<!DOCTYPE a [<!ENTITY b \"c\">]>&b;"))


def zip64(entries):
    """A directory that says what it likes, with the numbers of 64 bits where 32 are full."""
    wide, directory = 0xffffffff, b""
    for name, packed, unpacked, offset in entries:
        extra = struct.pack("<HHQQQ", 1, 24, 400, 400, 100) if packed == wide else b""
        directory += struct.pack("<4s16xIIHHH8xI", b"PK\1\2", packed, unpacked, len(name), len(extra), 0, offset) + name + extra
    begin = bytes(1000)
    end = struct.pack("<4sQ12xQQQQ", b"PK\6\6", 44, len(entries), len(entries), len(directory), len(begin))
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, len(begin) + len(directory), 1)
    return begin + directory + end + locator + struct.pack("<4sIHHIIH", b"PK\5\6", 0, 65535, 65535, wide, wide, 0)


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
    # As LibTorch writes: tensors stored, numbers of 64 bits where they are asked for, code compressed.
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        with archive.open(zipfile.ZipInfo("net/data/0"), "w", force_zip64=True) as tensor:
            tensor.write(bytes(64))
        archive.writestr(zipfile.ZipInfo("net/constants.pkl"), b"\x80\2).", zipfile.ZIP_STORED)
        archive.writestr(zipfile.ZipInfo("net/code/a.py"), "x = 1\n" * 400, zipfile.ZIP_DEFLATED)
        archive.comment = b"made by hand"
    put("archive", "checked", stream.getvalue())
    put("archive", "zip64", zip64([(b"net/code/a.py", 300, 900, 0), (b"net/data/0", 0xffffffff, 0xffffffff, 0xffffffff)]))
    put("archive", "bomb", zip64([(b"net/code/a.py", 30, 1 << 31, 0), (b"net/code/../b", 30, 30, 0), (b"/c", 1, 1, 9)]))


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
            "postprocess": {"score_threshold": 0.01, "nms": "per class", "nms_iou": 0.65, "max_detections": 100}}
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
    put("text", "letters", "Gr\u00fc\u00dfe \u4f60\u597d \U0001f600\u00a0x\n\n \t<unk> <eos>\r\n\v\fe\u0301 end")
    put("text", "no-letters", b"a \xc3\x28 \xed\xa0\x80 \xf4\x90\x80\x80 b\n")
    put("text", "numbers", struct.pack("<6H", 0, 1, 50256, 65535, 1, 0))
    put("text", "long-word", b"a" * 5000 + b" b\n")
    put("text", "many-words", b" ".join(b"%x" % i for i in range(700)) + b"\n")
    put("text", "gzip-name", b"\x1f\x8b\x08\x08" + bytes(6) + b"name\0" + gzip.compress(words, mtime=0)[10:])
    put("text", "gzip-cut", gzip.compress(words, mtime=0)[:-3])
    put("text", "xz-padded", lzma.compress(words) + bytes(8) + lzma.compress(words))
    put("text", "xz-delta", lzma.compress(words, filters=[{"id": lzma.FILTER_DELTA, "dist": 2}, {"id": lzma.FILTER_LZMA2, "preset": 1}]))
    # How it is packed, what is changed, options, and pieces of text (packed_text.cpp).
    pieces = b"".join(bytes([times, len(piece)]) + piece for times, piece in (
        (1, b"the cat sat \n"), (255, b"a "), (2, "s\u00e4t \u4f60\t".encode()), (251, b"b\n\n"), (0, bytes(range(48, 90)))))
    for way in range(6):
        put("packed-text", f"way-{way}", bytes([way, 0, way % 2]) + pieces)
        put("packed-text", f"changed-{way}", bytes([way, 1, 20 + way, 0, way, 2]) + pieces)
    put("packed-text", "followed", bytes([0, 0, 4]) + pieces)
    put("packed-text", "cut", bytes([1, 0, 8]) + pieces)
    put("packed-text", "empty", bytes([3, 0, 0]))
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
    put("study", "older-written", bytes([7, 255, 3]))
    put("study", "written-to", b"\6")
    # Edits of rows: column, row, another column, 0 to take the row away, then the edit (study.cpp).
    for column in range(0, 150, 2):
        edit = column // 2 % 7
        put("study", f"edit-{column}", bytes([3, column, column % 3, column + 1, 1, edit, column % 40, 0, 4, 10, 9]) + b"[1]")
    for column in range(0, 150, 10):
        put("study", f"without-{column}", bytes([3, column, 0, 0, 0]))
    for file in range(2):
        for place in (8, 60, 200, 330, 420, 700):
            put("study", f"predictions-{file}-{place}", bytes([4, file]) + struct.pack("<HB", place, 48 + file))
    put("thumbnails", "as-written", b"\1")
    put("thumbnails", "length", b"\2\x14\xff")
    put("thumbnails", "name", b"\2\x19\x04")
    put("thumbnails", "empty", b"\0PLTHUMBS1\0\0\0\0\0\0\0")


for make in (images, data_sets, boxes, arrays, predictions, archives, documents, texts, jobs, studies):
    make()
