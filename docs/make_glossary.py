"""Write docs/glossary.md from the terms in recsys_core/glossary.py, so that the two cannot differ.

Run from the root: .venv/bin/python docs/make_glossary.py
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from recsys_core.glossary import TERMS, Term  # noqa: E402
from recsys_core.workspace import write_atomic  # noqa: E402

HEAD = """# Glossary

Made by `docs/make_glossary.py` from `recsys_core/glossary.py`: the words of the pages, in alphabetical order. The
glossary page shows the same.
"""


def entry(term: Term) -> str:
    """One term: what it means, how to read it, where it comes from."""
    source = f"\n\n*{term.source}*" if term.source else ""
    return f"\n## {term.name}\n\n{term.meaning}\n\n{term.reading}{source}\n"


def page() -> str:
    """The whole page."""
    return HEAD + "".join(entry(term) for term in sorted(TERMS, key=lambda term: term.name.lower()))


if __name__ == "__main__":
    write_atomic(HERE / "glossary.md", page())
