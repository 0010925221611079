"""Cut the report's fonts from the variable fonts that streamlit ships.

Run it where fonttools and brotli are installed (neither is needed by the product):

    python recsys_core/report/fonts/make.py FOLDER_OF_WOFF2 [TARGET]

The Open Font Licence reserves the name "Source" for Adobe's own files, so that the cuts are renamed.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Basic Latin, Latin-1, Latin Extended-A, then the punctuation, arrows and signs that reports use.
LATIN = (*range(0x20, 0x7F), *range(0xA0, 0x180))
SIGNS = (ord(sign) for sign in "ˆ˚˜\u2009\u200a\u202f‐–—‘’‚“”„†‡•…‰′″‹›€™←→−∞≈≠≤≥√×·ΔΛΣχ")
CODES = (*LATIN, *SIGNS)
FEATURES = ("kern", "liga", "ccmp", "locl", "mark", "tnum", "lnum")
_NAMES = (1, 3, 4, 6, 16)  # family, identifier, full name, PostScript name, typographic family


@dataclass(frozen=True)
class Cut:
    """One font: the file it comes from, its new name, and where its axes are set or limited."""

    source: str
    name: str
    axes: dict[str, float | tuple[float, float]]


CUTS = (
    Cut("SourceSansVF-Upright", "Staying Power Sans", {"wght": (400, 600)}),
    Cut("SourceSerifVariable-Roman", "Staying Power Serif", {"wght": 600, "opsz": 24}),
)


def cut_font(cut: Cut, folder: Path, target: Path) -> Path:
    """Keep the characters above, limit the axes, rename, and write woff2."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    (path,) = folder.glob(f"{cut.source}*.woff2")
    font = TTFont(path)
    options = Options(layout_features=list(FEATURES), name_IDs=[0, *_NAMES, 2, 5, 13, 14], hinting=False)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=CODES)
    subsetter.subset(font)
    font = instantiateVariableFont(font, cut.axes)
    _rename(font, cut.name)
    font.flavor = "woff2"
    made = target / f"{cut.name.lower().replace(' ', '-')}.woff2"
    font.save(made)
    return made


def _rename(font: Any, name: str) -> None:
    for record in font["name"].names:
        if record.nameID in _NAMES:
            record.string = name.replace(" ", "") if record.nameID == 6 else name
        elif record.nameID > 255:  # names of the weights
            record.string = re.sub(r"Source\w+", name.replace(" ", ""), record.toUnicode())


if __name__ == "__main__":
    for each in CUTS:
        cut_font(each, Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent)
