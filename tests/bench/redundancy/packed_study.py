#!/usr/bin/env python3
"""A study's predictions and tables as one small file, and back.
   packed_study.py PACKED FOLDER     unpacks into FOLDER

Kept are study.sqlite and predictions/; weights, jobs and caches are not. Float32 compresses by a quarter once
its bytes are laid in four planes: exponents come to lie beside exponents.
"""
import io
import lzma
import pathlib
import sqlite3
import sys
import tarfile


def pack(study, packed):
    """Returns the packed size in bytes."""
    study = pathlib.Path(study)
    with sqlite3.connect(study / "study.sqlite") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 4}]
    with lzma.open(packed, "wb", filters=filters) as out, tarfile.open(fileobj=out, mode="w") as archive:
        for path in [study / "study.sqlite", *sorted((study / "predictions").iterdir())]:
            data = path.read_bytes()
            if path.suffix == ".safetensors":
                data = b"".join(data[plane::4] for plane in range(4))
            entry = tarfile.TarInfo(str(path.relative_to(study)))
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return pathlib.Path(packed).stat().st_size


def unpack(packed, folder):
    folder = pathlib.Path(folder)
    (folder / "predictions").mkdir(parents=True)
    with lzma.open(packed) as file, tarfile.open(fileobj=file) as archive:
        for entry in archive:
            name = pathlib.PurePosixPath(entry.name)
            if not entry.isfile() or name.is_absolute() or ".." in name.parts:
                sys.exit(f"packed_study: {packed}: {entry.name} has no place in a study")
            data = archive.extractfile(entry).read()
            if name.suffix == ".safetensors":
                whole, at = bytearray(len(data)), 0
                for plane in range(4):
                    length = len(range(plane, len(data), 4))
                    whole[plane::4] = data[at:at + length]
                    at += length
                data = bytes(whole)
            (folder / name).write_bytes(data)


if __name__ == "__main__":
    unpack(sys.argv[1], sys.argv[2])
