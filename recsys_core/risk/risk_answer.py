"""The answer about risks in words: verdict, checks, definitions."""

from datetime import UTC, datetime
from typing import Any

from recsys_core import words
from recsys_core.answers import Check, Verdict, old_check, old_words
from recsys_core.risk.hazard_models import BOOSTED, COX, LOGISTIC
from recsys_core.risk.risk_result import ModelScore, RiskResult, risk_column
from recsys_core.wording.objects import worded
from recsys_core.wording.sentences import sentence

_PER_COLUMN = 10


def first_score(found: RiskResult, model: str = COX) -> ModelScore:
    """Return a model's scores over the longest horizon."""
    return next(one for one in found.scores if one.model == model and one.days == found.horizons[-1])


def verdict_of(found: RiskResult) -> Verdict:
    """Say how many are likelier than not to lapse, and how well that can be told; blocked where it cannot be told."""
    failed = next((check for check in checks_of(found) if check.status == "fail"), None)
    if failed:
        sentence = "Who will lapse cannot be told from this log."
        return Verdict(**old_words("blocked", "No list: a check failed", sentence, str(failed.values["detail"])))
    days, one = found.horizons[-1], first_score(found)
    risk = found.users[risk_column(COX, days)]
    likely = int((risk > 0.5).sum())
    sentence = (
        f"{words.counted(likely, 'user')} of {words.count(len(risk))} still here {'is' if likely == 1 else 'are'} "
        f"likelier than not to lapse within {days} days."
    )
    support = (
        f"Of a user who lapsed and one who stayed, the model ranked the first higher "
        f"{words.number(100 * one.auc.estimate, 0)} times in 100 "
        f"({words.limits(one.auc.lower, one.auc.upper, 0, scale=100)}), on users and time that it had not seen. "
        f"On average {words.percent(float(risk.mean()), 0)} will lapse: about {words.count(float(risk.sum()))} users."
    )
    return Verdict(**old_words("single", "Who will lapse", sentence, support))


def checks_of(found: RiskResult) -> tuple[Check, ...]:
    """Ask whether there were enough lapses, whether risks rank and calibrate, and whether another model does better."""
    made = [_lapses(found), _ranks(found), _calibrated(found), _drift(found), _others(found)]
    order = {"fail": 0, "warn": 1, "pass": 2}
    return tuple(sorted(made, key=lambda check: order[check.status]))


def _lapses(found: RiskResult) -> Check:
    columns = found.columns
    each = found.learnt[1] / max(columns, 1)
    detail = (
        f"{words.count(found.learnt[1])} lapses of {words.count(found.learnt[0])} users and snapshots teach "
        f"{words.counted(columns, 'column')}: {words.number(each, 0)} each"
    )
    if each >= _PER_COLUMN:
        return old_check("Enough lapses", "pass", f"{words.count(found.learnt[1])} lapses", f"{detail}.")
    detail += f"; below {_PER_COLUMN} risks are too sure of themselves. Bring more users, or fewer attributes."
    return old_check("Enough lapses", "warn", f"{words.number(each, 0)} per column", detail)


def _ranks(found: RiskResult) -> Check:
    one = first_score(found)
    lower = one.auc.lower if one.auc.lower is not None else 0.0
    told = words.interval(one.auc.estimate, one.auc.lower, one.auc.upper, 2)
    if lower <= 0.5:
        detail = (
            f"The chance of ranking a user who lapsed above one who stayed is {told}; .50 is a toss of a coin. What is "
            "known of users does not tell who will lapse: bring more users, or attributes that matter."
        )
        return old_check("Ranking", "fail", "no better than chance", detail)
    status = "pass" if lower >= 0.6 else "warn"
    detail = f"A user who lapsed was ranked above one who stayed with a chance of {told}; .50 is a toss of a coin."
    return old_check("Ranking", status, f"AUC {words.number(one.auc.estimate, 2)}", detail)


def _calibrated(found: RiskResult) -> Check:
    one = first_score(found)
    low, high = one.slope.lower, one.slope.upper
    told = words.interval(one.slope.estimate, low, high, 2)
    if low is not None and high is not None and low <= 1 <= high:
        detail = f"Calibration slope {told}: risks are neither too bold nor too timid."
        return old_check("Calibration", "pass", f"slope {words.number(one.slope.estimate, 2)}", detail)
    way = "too bold: high risks came out lower, low ones higher" if one.slope.estimate < 1 else "too timid"
    detail = f"Calibration slope {told}: risks were {way}. The risks listed here are corrected by it."
    return old_check("Calibration", "warn", f"slope {words.number(one.slope.estimate, 2)}", detail)


def _drift(found: RiskResult) -> Check:
    one = first_score(found)
    off = one.predicted - one.observed
    told = f"{words.percent(one.predicted)} foretold, {words.percent(one.observed)} came true"
    detail = f"On the test, over {one.days} days: {told}."
    if abs(off) <= 0.03:
        return old_check("Level", "pass", f"off by {words.points(abs(off))} points", detail)
    detail += " Lapsing became more or less frequent since training. The risks listed here are corrected by it."
    return old_check("Level", "warn", f"off by {words.points(abs(off))} points", detail)


def _others(found: RiskResult) -> Check:
    mine = first_score(found)
    best = min((first_score(found, name) for name in (LOGISTIC, BOOSTED)), key=lambda one: one.brier.estimate)
    ours, theirs = (words.number(one.brier.estimate, 3) for one in (mine, best))
    detail = f"Brier score {ours} by Cox, {theirs} by {best.model}; lower is better."
    if best.brier.upper is not None and best.brier.upper < mine.brier.estimate:
        return old_check("Other models", "warn", f"{best.model} better", f"{detail} Use the column of {best.model}.")
    return old_check("Other models", "pass", "Cox as good", f"{detail} Cox, which gives reasons, does as well.")


def definitions_of(found: RiskResult) -> tuple[tuple[str, str], ...]:
    """State who is judged, what is foretold, what is known, and how it was tested."""
    gap, marks, longest = found.gap_days, found.landmarks, found.horizons[-1]
    hours = " Times are dates without hours." if found.date_only else ""
    return (
        (
            "Population",
            f"{words.counted(len(found.users), 'user')} active in the {gap} days before {_moment(marks.predict)}.",
        ),
        (
            "Lapse",
            f"Last activity before the first gap longer than {gap} days, counted from the moment of the prediction; "
            "day 0 for a user who never comes back.",
        ),
        (
            "Known",
            f"Only events up to the moment: recency, active days, events and items in {found.settings.history_days} "
            "days, time since first seen, the recommender met first, and user attributes as the log has them.",
        ),
        (
            "Learning",
            f"{words.count(found.learnt[0])} users in {words.counted(len(marks.train), 'snapshot')} up to "
            f"{_moment(marks.train[0])}, outcomes known by {_moment(marks.evaluate)}.",
        ),
        (
            "Test",
            f"{words.count(found.tested[0])} users on {_moment(marks.evaluate)}, followed for {longest} days; "
            f"{words.count(found.tested[1])} lapsed. Scores are those of the models as trained; the risks listed are "
            "then corrected by the line that the test showed (logit scale).",
        ),
        ("Clock", f"Days are 24-hour periods, UTC.{hours}"),
    )


def how_risk_was_computed(found: RiskResult, figure: str) -> str:
    """State in a line how a figure came about."""
    stated = dict(definitions_of(found))
    return f"{figure} {stated['Population']} {stated['Learning']} {stated['Test']} {stated['Clock']}"


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


def risk_rows(found: RiskResult) -> list[dict[str, object]]:
    """List every user with risks and reasons for a file, the highest risk first."""
    return [{str(name): value for name, value in row.items()} for row in found.users.to_dict("records")]


def risk_object(found: RiskResult) -> dict[str, Any]:
    """Write the result as JSON takes it; users are counted, not listed: the file has them."""
    made: dict[str, Any] = worded(found, frozenset({"users"}))
    answer = verdict_of(found)
    made["users"] = len(found.users)
    made["answer"] = worded(answer)
    made["verdict"] = sentence(answer)
    made["checks"] = worded(checks_of(found))
    made["definitions"] = [list(pair) for pair in definitions_of(found)]
    return made
