"""What a reader should know before believing a comparison."""

from collections.abc import Mapping

from recsys_core import words
from recsys_core.answers import Check, old_check
from recsys_core.evaluation.evaluate import Evaluation
from recsys_core.models.cards import yardstick

_MANY_TIES = 0.05
_SPLITS = {
    "leave-last-out": "Each user's last event is tested, so models learn from other users' later events",
    "random": "Test events are drawn at random, so models learn from events after them",
    "file": "The test events come from a file, and models may learn from events after them",
}


def comparison_checks(
    evaluations: Mapping[str, Evaluation], first: Evaluation, trials: Mapping[str, int]
) -> tuple[Check, ...]:
    """List the checks: same users, split, tuning, baseline, ties.

    Parameters
    ----------
    evaluations
        By model; they were found to share users and targets.
    first
        Any of them.
    trials
        Settings tried per model; missing ones count as none.
    """
    return (_same(first), _split(first), _tuning(list(evaluations), trials), _baseline(evaluations), _ties(first))


def _same(first: Evaluation) -> Check:
    counts = first.counts()
    detail = (
        f"Every model ranked all {words.count(len(first.items))} items for the same "
        f"{words.counted(counts['warm_users'], 'user')} with a history; nothing was sampled."
    )
    return old_check("Same users", "pass", "for every model", detail)


def _split(first: Evaluation) -> Check:
    if not first.leaky:
        detail = f"Models learnt from events before {words.date(first.now)} and were tested on those from then on."
        return old_check("Split", "pass", "no future events", detail)
    why = f"{_SPLITS[first.split.method]}: figures are too high, and their order may be wrong."
    return old_check(
        "Split", "warn", f"leaky, {first.split.method}", f"{why} Use the split by time to decide anything."
    )


def _tuning(models: list[str], trials: Mapping[str, int]) -> Check:
    tried = {name: trials.get(name, 0) for name in models}
    if not any(tried.values()):
        detail = (
            "No settings were searched for, for any model: each ran once with those given. Tuned, it may do better."
        )
        return old_check("Tuning", "pass", "no search", detail)
    least, most = min(tried, key=lambda name: tried[name]), max(tried, key=lambda name: tried[name])
    if tried[least] == tried[most]:
        each = words.counted(tried[most], "trial")
        return old_check("Tuning", "pass", f"{each} each", f"Every model had {each} on validation events.")
    detail = (
        f"{most} had {words.counted(tried[most], 'trial')}, {least} {tried[least]}: the comparison favours {most}. "
        "Give every model the same number."
    )
    return old_check("Tuning", "warn", f"{tried[least]} to {tried[most]} trials", detail)


def _baseline(evaluations: Mapping[str, Evaluation]) -> Check:
    baseline = yardstick()
    if baseline in evaluations:
        detail = f"{baseline}, what many users took in the last days before the split, is among the models."
        return old_check("Baseline", "pass", "included", detail)
    detail = (
        f"{baseline} is missing. It often beats personal models, so a winner without it says little. Train it; that "
        "takes a second."
    )
    return old_check("Baseline", "warn", "missing", detail)


def _ties(first: Evaluation) -> Check:
    share = words.percent(first.time_ties)
    detail = f"{share} of events follow one on another item in the same second; their order is by item id. "
    if first.time_ties <= _MANY_TIES:
        return old_check("Ties", "pass", share, f"{detail}Items that tie in score stand in the middle.")
    return old_check("Ties", "warn", share, f"{detail}Models that read sequences learn that order. Bring exact times.")
