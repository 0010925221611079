"""Catalogue of the synthetic reading app: 800 items whose English text tells their topic and branch.

The vocabulary is `sample_topics.toml` (twelve topics of five branches); titles and descriptions are put
together from it, so that a text encoder can learn what a reader likes.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

import numpy as np
import pandas as pd

VOCABULARY = Path(__file__).with_name("sample_topics.toml")
CATALOGUE_SEED = 20260301  # one catalogue for every study, so that one truth holds for all seeds
ITEMS = 800
LOG_START = np.datetime64("2026-03-01T00:00:00", "s")
LOG_DAYS = 180

FORMS = (
    "An essay",
    "A long read",
    "A reported story",
    "A practical guide",
    "An illustrated introduction",
    "A conversation",
    "A collection of short pieces",
)
FIRST = (
    "{form} on {branch}: {one}, and {other}.",
    "{form} about {branch} that shows {one}.",
    "Starting from {subject}, this piece on {branch} shows {one}.",
    "{form} on {branch}, with answers to two old questions: {one}, and {other}.",
)
SECOND = (
    " It begins with {subject} and ends with {second}.",
    " Along the way it turns to {second}.",
    " For readers who know {subject} and would like to meet {second}.",
    "",
)


@dataclass(frozen=True)
class Branch:
    """A branch of a topic and the words its items are made of."""

    topic: str
    name: str
    titles: tuple[str, ...]
    places: tuple[str, ...]
    subjects: tuple[str, ...]
    details: tuple[str, ...]


@cache
def branches() -> tuple[Branch, ...]:
    """All branches, topic by topic."""
    topics = tomllib.loads(VOCABULARY.read_text(encoding="utf-8"))["topic"]
    return tuple(
        Branch(
            topic=topic["name"],
            name=name,
            titles=tuple(topic["titles"]),
            places=tuple(topic.get("places", ())),
            subjects=tuple(words["subjects"]),
            details=tuple(words["details"]),
        )
        for topic in topics
        for name, words in topic["branches"].items()
    )


def topic_of_branch() -> np.ndarray:
    """Topic number of each branch, shape (branches,)."""
    names = list(dict.fromkeys(branch.topic for branch in branches()))
    return np.array([names.index(branch.topic) for branch in branches()])


def branch_of_item() -> np.ndarray:
    """Branch number of each item in catalogue order, shape (ITEMS,)."""
    return np.arange(ITEMS) % len(branches())


@cache
def published_days() -> np.ndarray:
    """Day of publication of each item, counted from the first day of the log, shape (ITEMS,).

    The first eight items of a branch are older than the log, so that every branch has something to serve
    on every day.
    """
    rng = np.random.default_rng([CATALOGUE_SEED, 1])
    within = np.arange(ITEMS) // len(branches())
    days = np.where(within < 8, rng.integers(-700, 0, ITEMS), rng.integers(-30, LOG_DAYS - 5, ITEMS))
    days.flags.writeable = False
    return days


def catalogue() -> pd.DataFrame:
    """Items as written to `items.csv`: item, title, description, topic, branch, published, language."""
    rng = np.random.default_rng([CATALOGUE_SEED, 0])
    counts = np.bincount(branch_of_item())
    texts = [_texts(rng, branch, int(count)) for branch, count in zip(branches(), counts, strict=True)]
    rows = []
    for item, branch_number in enumerate(branch_of_item()):
        branch = branches()[branch_number]
        title, description = texts[branch_number].pop()
        rows.append((f"i{item:03d}", title, description, branch.topic, branch.name))
    frame = pd.DataFrame(rows, columns=["item", "title", "description", "topic", "branch"])
    frame["published"] = (LOG_START + published_days().astype("timedelta64[D]")).astype("datetime64[D]").astype(str)
    frame["language"] = "en"
    return frame


def _texts(rng: np.random.Generator, branch: Branch, count: int) -> list[tuple[str, str]]:
    """Distinct titles of a branch, subjects taken in turn, each with its description."""
    styles = rng.permutation(len(branch.titles))
    texts = []
    for number in range(count):
        subject_number = number % len(branch.subjects)
        style = styles[(number // len(branch.subjects) * 3 + subject_number) % len(styles)]
        subject = branch.subjects[subject_number]
        title = _fill(
            branch.titles[style],
            subject=subject,
            Subject=_capital(subject),
            place=str(rng.choice(branch.places)) if branch.places else "",
        )
        texts.append((_capital(title), _description(rng, branch, subject)))
    return texts


def _description(rng: np.random.Generator, branch: Branch, subject: str) -> str:
    one, other = rng.permutation(branch.details)[:2]
    second = rng.choice([name for name in branch.subjects if name != subject])
    template = str(rng.choice(FIRST)) + str(rng.choice(SECOND))
    return _fill(
        template,
        form=str(rng.choice(FORMS)),
        branch=branch.name,
        subject=subject,
        one=str(one),
        other=str(other),
        second=str(second),
    )


def _fill(template: str, **words: str) -> str:
    return Formatter().vformat(template, (), words)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
