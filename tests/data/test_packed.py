"""Packed files: whole ones are read alike however they were packed, and no damage comes in quietly."""

import base64
import gzip
import stat
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from recsys_core.data import unpack as packed
from recsys_core.data.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.settings import ImportLimits
from recsys_core.wording.sentences import issue_detail
from tests.data.conftest import SMALL_LOG

# SMALL_LOG as the program zstd packs it, with a check sum; Arrow packs without.
CHECKED = base64.b85decode(
    "D77#B1ZWKm0CuEH7m%ya0ca_687Zt^K-zn6DP_7x|NGzsP5?guK>(!5mo$1jIb|;USTd8n497fn(urB@gQDiz#foOyi)iNAX{K}cX*qK*DX@9-cJ"
    "44ch^_%U>;RB}K)|qIfN;QoV8Cz?P;fAyV6e~-+o)$J6{7AwT2*rwC91bqXX@#xZQXuK*6iD@UeAg`7k({56TXlJJ$S+qwBQF@bn${Dn)u>|9-b"
    "&lmmgLi?2rpD$dU<P9La+xijf6BtTHaXBr+zRoG~7LtQeOsV~xp^jmG20#Ei=>RvnYQMjVfwHXDn5)>7Brk<_#^00Ns!nLKSsdHk%ST=tHlOm=Qn"
    "9y_U^ve-v!%C(D9%d}UA<=LrSx%-rb%)K2UZ)e3IPrsHRw=bk3vnL!PuK|F8s1X2)FolO<JJ3}c0}v2mgfsWqk^}>kK!gEIKtcgVAi)48AYlL#kY"
    "Iokh%kT&NGQOtGEPGol!G!T24$cOiXmKUWT|-Hx;OX(q6TC6(Nz"
)
TEXT = SMALL_LOG.encode()
ZIPPED = gzip.compress(TEXT, mtime=0)
BARE = pa.compress(TEXT, codec="zstd", asbytes=True)
LONG = b"user_id,item_id,timestamp\n" + b"".join(
    b"u%d,i%d,%d\n" % (n % 997, n % 89, 1_750_000_000 + n * 37) for n in range(120_000)
)
WHOLE = {
    "one member": ("log.csv.gz", ZIPPED),
    "members": ("log.csv.gz", gzip.compress(TEXT[:700]) + gzip.compress(b"") + gzip.compress(TEXT[700:])),
    "padding": ("log.csv.gz", ZIPPED + bytes(600)),
    "padding between": ("log.csv.gz", gzip.compress(TEXT[:700]) + bytes(99) + gzip.compress(TEXT[700:])),
    "checked zstd": ("log.csv.zst", CHECKED),
    "bare zstd": ("LOG.CSV.ZST", BARE),
    "frames": ("log.csv.zst", CHECKED[:0] + BARE + pa.compress(b"u,i,2026-03-09\n", codec="zstd", asbytes=True)),
}
DAMAGED = {
    "cut in the header": ("log.csv.gz", ZIPPED[:6], "is not whole: .* at byte 6"),
    "without its last byte": ("log.csv.gz", ZIPPED[:-1], f"is not whole: .* at byte {len(ZIPPED) - 1}"),
    "second member cut": ("log.csv.gz", ZIPPED + ZIPPED[:40], f"is not whole: .* at byte {len(ZIPPED) + 40}"),
    "check sum": (
        "log.csv.gz",
        ZIPPED[:-8] + b"\0" + ZIPPED[-7:],
        r"is damaged: at byte \d+ of .*incorrect data check",
    ),
    "length": ("log.csv.gz", ZIPPED[:-4] + b"\7\7\7\7", r"is damaged: .*incorrect length check"),
    "text behind": ("log.csv.gz", ZIPPED + b"u,i,2026\n", f"goes on behind .* at byte {len(ZIPPED)} of "),
    "one byte behind": ("log.csv.gz", ZIPPED + b"x", f"goes on behind .* at byte {len(ZIPPED)} of "),
    "text behind padding": ("log.csv.gz", ZIPPED + bytes(9) + b"x", f"at byte {len(ZIPPED) + 9} of "),
    "plain as gz": ("log.csv.gz", TEXT, "is not packed as its ending says. Rename it"),
    "gz as zst": ("log.csv.zst", ZIPPED, "is not packed as its ending says. Rename it"),
    "zst cut": ("log.csv.zst", CHECKED[:-1], f"is not whole: .* at byte {len(CHECKED) - 1}"),
    "zst check sum": ("log.csv.zst", CHECKED[:-1] + b"\7", "is damaged: .*checksum"),
    "zst with text behind": ("log.csv.zst", CHECKED + b"u,i,2026\n", "goes on behind"),
}


@pytest.mark.parametrize("case", WHOLE)
def test_whole_files_are_read_to_their_end(case: str, bring: Callable[..., Dataset]) -> None:
    name, content = WHOLE[case]
    data = bring(content, name)
    assert (data.rows, data.users) == ((61, 8) if case == "frames" else (60, 7))
    noted = [issue_detail(issue) for issue in data.issues if issue.code == "reading"]
    assert [note for note in noted if "without a check sum" in note] == (
        [f"{name} was packed without a check sum, so that it cannot be told whether all of its content is as it was."]
        if case in ("bare zstd", "frames")
        else []
    )


@pytest.mark.parametrize("case", DAMAGED)
def test_damage_is_told_with_its_place(
    case: str, bring: Callable[..., Dataset], listing: Callable[[], dict[str, bytes]]
) -> None:
    name, content, words = DAMAGED[case]
    before = listing()
    with pytest.raises(DataError, match=words) as err:
        bring(content, name)
    assert err.value.kind == "packed-damaged"
    assert err.value.advice
    assert listing() == before


def test_every_flipped_bit_beyond_the_first_megabyte_is_seen(tmp_path: Path) -> None:
    """A bit of gzip's name and time may change nothing; any other does."""
    zipped, path = gzip.compress(LONG, mtime=0), tmp_path / "log.csv.gz"
    assert len(LONG) > 2 << 20
    chance = np.random.default_rng(7)
    for _ in range(40):
        place, bit = int(chance.integers(12, len(zipped))), int(chance.integers(8))
        broken = bytearray(zipped)
        broken[place] ^= 1 << bit
        path.write_bytes(broken)
        (tmp_path / str(place)).mkdir(exist_ok=True)
        with pytest.raises(DataError) as err:
            packed.unpack(path, tmp_path / str(place), ImportLimits())
        assert err.value.kind == "packed-damaged"
        assert place <= int(str(err.value.values["at"])) <= len(broken)
        (tmp_path / str(place) / "content").unlink()


def test_content_of_every_size_around_a_block_is_whole(tmp_path: Path) -> None:
    block = 1 << 18
    for turn, size in enumerate((block - 1, block, block + 1, 3 * block)):
        (tmp_path / "log.gz").write_bytes(gzip.compress(b"x" * size) + gzip.compress(b"y"))
        folder = tmp_path / str(turn)
        folder.mkdir()
        content, _ = packed.unpack(tmp_path / "log.gz", folder, ImportLimits())
        assert content.read_bytes() == b"x" * size + b"y"


@pytest.mark.parametrize("name", ["log.csv.gz", "log.csv.zst"])
def test_a_small_file_that_holds_much_is_refused_before_it_fills_the_disk(
    name: str, tmp_path: Path, bring: Callable[..., Dataset], listing: Callable[[], dict[str, bytes]]
) -> None:
    zeros = b"0" * (1 << 20)
    if name.endswith("gz"):
        stream = zlib.compressobj(wbits=31)
        content = b"".join([*(stream.compress(zeros) for _ in range(200)), stream.flush()])
    else:
        content = pa.compress(zeros * 200, codec="zstd", asbytes=True)
    before = listing()
    with pytest.raises(DataError, match="holds more than 100 times as many, as no log does. If it is one, raise"):
        bring(content, name)
    with pytest.raises(DataError, match="holds more than 0.1 GB once it is unpacked"):
        bring(content, name, most_ratio=100_000, most_unpacked_gb=0.1)
    assert listing() == before


def test_content_lies_where_only_its_owner_may_look(
    bring: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen = []

    def watched(path: Path, folder: Path, limits: ImportLimits):
        seen.extend(stat.S_IMODE(place.stat().st_mode) for place in (folder, folder.parent))
        assert folder.parent.parent == tmp_path / "home" / "tmp"
        return packed.unpack(path, folder, limits)

    monkeypatch.setattr("recsys_core.data.text_file.unpack", watched)
    bring(ZIPPED, "log.csv.gz")
    assert seen == [0o700, 0o700]
    assert list((tmp_path / "home" / "tmp").iterdir()) == []
