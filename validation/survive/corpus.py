"""A thousand inputs that nobody should bring, from a seed: each a file or settings, and what is done with it."""

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

MARK: Final = "rawid"  # every user id begins so: none may be found in the workspace afterwards
_UTC: Final = "2026-03-{day:02d}T{hour:02d}:{minute:02d}:00Z"
_TIMES: Final = (
    "0000-01-01", "9999-12-31T23:59:59Z", "-1", "1e300", "253402300800", "32503680000", "2026-02-30", "nan", "inf",
    "1969-12-31", "31/12/2026", "2026-03-01T25:00:00", "'2026-03-01", "\u0662\u0660\u0662\u0666",
    "18446744073709551616",
)  # fmt: skip
_CELLS: Final = (
    "", '"', '""', "'", "\x00", "\ufeff", "=1+1", "-2+3", "@SUM(A1)", "\u202e", "a" * 5000, "é", "\ud83d\ude00",
    "NULL", "1,5", "\t", "\r", "\n", '"\n"', "../../etc/passwd", "<script>alert(1)</script>",
    "{{ 7*7 }}", "; DROP TABLE t", "\\",
)  # fmt: skip
_HEADS: Final = (
    "user_id,item_id,timestamp,recommender", "user,item,ts,y2024", "a,a,a,a", ",,,", "user_id;item_id;timestamp;arm",
    '"user_id","item_id","timestamp","recommender"', "user_id\titem_id\ttimestamp\tarm", "1,2,3,4", "user_id", "",
    "\ufeffuser_id,item_id,timestamp,recommender", "USER ID , Item Id, Time , Arm", "user_id,item_id,timestamp",
)  # fmt: skip


@dataclass(frozen=True)
class Hostile:
    """One input.

    Attributes
    ----------
    kind
        Its class.
    command
        What the command line is given; a file is named by its place in the folder that `make` filled.
    make
        Writes the files into a folder.
    refused
        Whether it may only be refused.
    """

    kind: str
    command: tuple[str, ...]
    make: Callable[[Path], object]
    refused: bool = False


def log_text(draw: random.Random, rows: int, head: str = _HEADS[0], items: int = 30) -> str:
    """Write a log without fault."""
    lines = [head]
    for _ in range(rows):
        time = _UTC.format(day=draw.randint(1, 28), hour=draw.randint(0, 23), minute=draw.randint(0, 59))
        lines.append(f"{MARK}-{draw.randrange(50)},item-{draw.randrange(items)},{time},{draw.choice('ab')}")
    return "\n".join(lines) + "\n"


def corpus(seed: int, count: int) -> Iterator[Hostile]:
    """Draw inputs: a third is text, a third is packed or Parquet, the others are settings, run files and sizes."""
    kinds = (
        (_text, 30), (_packed, 20), (_parquet, 16), (_study, 14), (_run_file, 12), (_side_tables, 5), (_size, 3),
    )  # fmt: skip
    draw = random.Random(seed)  # noqa: S311 - no secret is drawn
    for _ in range(count):
        make = draw.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]
        yield make(random.Random(draw.getrandbits(64)))  # noqa: S311


def _bytes(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


def _text(draw: random.Random) -> Hostile:
    head = draw.choice((_HEADS[0], draw.choice(_HEADS)))
    lines = log_text(draw, draw.choice((0, 1, 2, 200)), head).split("\n")
    for _ in range(draw.randint(1, 8)):
        at = draw.randrange(len(lines))
        cells = lines[at].split(",")
        cells[draw.randrange(len(cells))] = draw.choice((*_TIMES, *_CELLS))
        lines[at] = ",".join(cells)
    content = draw.choice(("\n", "\r\n", "\r", "\n\n")).join(lines).encode("utf-8", "surrogatepass")
    match draw.randrange(8):
        case 0:
            content = content.decode("utf-8", "replace").encode(draw.choice(("utf-16", "utf-16-le", "utf-32")))
        case 1:
            content = content[: draw.randrange(len(content) + 1)]
        case 2:
            content = _flipped(draw, content, 20)
        case 3:
            content = draw.randbytes(draw.choice((0, 1, 100, 5000)))
        case _:
            pass
    named = ("--user", "user_id", "--time", "timestamp") if draw.random() < 0.2 else ()
    return Hostile("text", ("import", "log.csv", *named), _bytes("log.csv", content))


def _packed(draw: random.Random) -> Hostile:
    content = log_text(draw, draw.choice((50, 20_000))).encode()
    name = draw.choice(("log.csv.gz", "log.csv.zst"))
    packed = (
        gzip.compress(content, 1, mtime=0) if name.endswith("gz") else pa.compress(content, codec="zstd", asbytes=True)
    )
    match draw.randrange(4) if name.endswith("gz") else draw.randrange(1, 3):  # this writer of zst adds no sum
        case 0:  # in a name or a time of gzip's head nothing is lost
            at = draw.randrange(10, len(packed))
            packed = packed[:at] + bytes([packed[at] ^ (1 << draw.randrange(8))]) + packed[at + 1 :]
        case 1:
            packed = packed[: draw.randrange(1, len(packed) - 1)]
        case 2:
            packed += draw.randbytes(draw.randint(1, 2000)).replace(b"\0", b"\1")
        case _:
            packed = packed[:-8] + draw.randbytes(8)
    return Hostile("packed", ("import", name), _bytes(name, packed), refused=True)


def _parquet(draw: random.Random) -> Hostile:
    rows = draw.choice((1, 50, 5000))
    table = pa.table({
        "user_id": [f"{MARK}-{draw.randrange(50)}" for _ in range(rows)],
        "item_id": [draw.randrange(30) for _ in range(rows)],
        "timestamp": pa.array([1_772_000_000 + draw.randrange(10**7) for _ in range(rows)], pa.int64()),
    })  # fmt: skip
    if draw.random() < 0.4:
        odd: Any = draw.choice((
            pa.array([[1, 2]] * rows), pa.array([{"a": 1}] * rows), pa.array([b"\xff\x00"] * rows),
            pa.array([None] * rows), pa.array([2**63 - 1] * rows), pa.array([float("nan")] * rows),
        ))  # fmt: skip
        place = draw.randrange(3)
        table = table.set_column(place, table.column_names[place], odd)
    out = io.BytesIO()
    pq.write_table(table, out, compression=draw.choice(("none", "snappy", "zstd")))
    content = out.getvalue()
    match draw.randrange(3):
        case 0:
            content = _flipped(draw, content, draw.choice((1, 30)))
        case 1:
            content = content[: draw.randrange(len(content))]
        case _:
            pass
    return Hostile("parquet", ("import", "log.parquet"), _bytes("log.parquet", content))


def _study(draw: random.Random) -> Hostile:
    """A study file in which one value is nothing that a study may have, so that none is trained."""
    stage, option = draw.choice((
        ("retention", "inactivity_days"), ("retention", "horizon_days"), ("retention", "log_end"), ("risk", "days"),
        ("retention", "time_zone"), ("retention", "cohort"), ("split", "test_file"), ("data", "log"),
        ("scenario", "share"), ("models.popular", "none"), ("nothing", "at_all"), ("retention", "covariates"),
    ))  # fmt: skip
    value = draw.choice((
        "-1", "1e308", "nan", '"9999-99-99"', '"../../../../etc/passwd"', '"/dev/zero"', "[[[]]]", "{}", "true",
        '"\\u0000"', "99999999999999999999", '"' + "x" * 3000 + '"', "1979-05-27T07:32:00Z", "[1, 2]",
    ))  # fmt: skip
    text = 'title = "A study"\n[data]\nlog = "no such log.csv"\n' if stage != "data" else ""
    text += f"[{stage}]\n{option} = {value}\n"
    content = text.encode() if draw.random() < 0.8 else _flipped(draw, text.encode(), 3)
    return Hostile("study", ("run", "study.toml"), _bytes("study.toml", content), refused=True)


def _run_file(draw: random.Random) -> Hostile:
    out = io.BytesIO()
    names = ["manifest.json", "settings.json", "model/model.json", "evaluation/ranks.safetensors", "log.txt"]
    names += draw.sample(
        ["../out.txt", "/abs.txt", "a" * 300, "model/code.pkl", "\x00", "..\\up", "model/x.safetensors"], 2
    )
    with zipfile.ZipFile(out, "w", draw.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as made:
        for name in draw.sample(names, draw.randint(0, len(names))):
            made.writestr(
                zipfile.ZipInfo(name), draw.choice((json.dumps(_odd(draw)).encode(), draw.randbytes(200), b"0" * 10**6))
            )
    content = out.getvalue()
    if draw.random() < 0.3:
        content = _flipped(draw, content, 5)
    return Hostile("run file", ("import-run", "run.zip"), _bytes("run.zip", content), refused=True)


def _odd(draw: random.Random, depth: int = 0) -> Any:
    odd: tuple[Any, ...] = (None, True, -1, 1e300, "x" * 2000, "../..", [], {})
    if depth > 3 or draw.random() < 0.4:
        return draw.choice(odd)
    keys = ("run_id", "created", "files", "version", "model", "settings", "sha256", "a")
    return {draw.choice(keys): _odd(draw, depth + 1) for _ in range(3)}


def _side_tables(draw: random.Random) -> Hostile:
    log = log_text(draw, 300).encode()
    users = draw.choice(
        (b"", b"user_id\n", b"user_id,plan\n" + draw.randbytes(300), b"plan,age\na,1\n", _flipped(draw, log, 9))
    )

    def make(folder: Path) -> None:
        (folder / "log.csv").write_bytes(log)
        (folder / "users.csv").write_bytes(users)

    return Hostile("side tables", ("import", "log.csv", draw.choice(("--users", "--items")), "users.csv"), make)


def _size(draw: random.Random) -> Hostile:
    match draw.randrange(6):
        case 0:
            return Hostile("size", ("import", "log.csv"), _bytes("log.csv", b"," * 10**6))
        case 1:
            head = ",".join(f"c{at}" for at in range(10_000)).encode()
            return Hostile("size", ("import", "log.csv"), _bytes("log.csv", (head + b"\n") * 20))
        case 2:
            content = b"user_id,item_id,timestamp\n" + MARK.encode() + b'-1,"' + b"\n" * 25_000_000 + b'",2026-03-01\n'
            return Hostile("size", ("import", "log.csv"), _bytes("log.csv", content), refused=True)
        case 3:
            content = gzip.compress(b"\0" * (500 << 20), 9, mtime=0)
            return Hostile("size", ("import", "log.csv.gz"), _bytes("log.csv.gz", content), refused=True)
        case 4:
            return Hostile("size", ("import", "/dev/zero"), lambda _folder: None, refused=True)
        case _:
            out = io.BytesIO()
            text = pa.array(["x" * 2_000_000]).dictionary_encode()
            long = pa.DictionaryArray.from_arrays(pa.array([0] * 2000, pa.int32()), text.dictionary)
            pq.write_table(
                pa.table({"user_id": long, "item_id": long, "timestamp": [1] * 2000}), out, compression="zstd"
            )
            return Hostile("size", ("import", "log.parquet"), _bytes("log.parquet", out.getvalue()), refused=True)


def _flipped(draw: random.Random, content: bytes, bits: int) -> bytes:
    turned = bytearray(content)
    for _ in range(bits if turned else 0):
        turned[draw.randrange(len(turned))] ^= 1 << draw.randrange(8)
    return bytes(turned)
