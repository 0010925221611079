"""The answer in a sentence, in days and points before ratios, or the reason why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass

from recsys_core import words
from recsys_core.answers import Check, old_words
from recsys_core.retention.estimators.figures import AtDay, RestrictedMean
from recsys_core.retention.estimators.power import users_needed
from recsys_core.retention.population.cohorts import AFFINITY, EVERYONE, RECOMMENDER
from recsys_core.retention.study.arm_results import ArmResult, Contrast
from recsys_core.retention.study.retention_result import Verdict
from recsys_core.settings import RetentionSettings

ALPHA = 0.05
_BLOCKS = {
    "Adjustment": "The cohorts differ in activity and could not be made alike, so no winner is named.",
    "Sample ratio": "The arms are not the sizes the assignment promised, so no winner is named.",
}


@dataclass(frozen=True)
class _Case:
    arms: Sequence[ArmResult]
    contrasts: Sequence[Contrast]
    settings: RetentionSettings

    @property
    def horizon(self) -> int:
        return int(self.settings.horizon_days or 0)

    @property
    def causal(self) -> bool:
        return self.settings.cohort == RECOMMENDER and self.settings.randomised

    def user_group(self, arm: str) -> str:
        if self.settings.cohort == RECOMMENDER:
            return f"users first served by {arm}"
        if self.settings.cohort == AFFINITY:
            return f"users whose next items {arm} ranked higher"
        return f"users with {self.settings.cohort} {arm}"


def reach_verdict(
    arms: Sequence[ArmResult], contrasts: Sequence[Contrast], checks: Sequence[Check], settings: RetentionSettings
) -> Verdict:
    """Say which arm keeps its users, that none can be told apart, or what stands in the way.

    The best arm wins if its restricted mean exceeds every other's with Holm's p below .05. Where arms were not
    assigned at random and attributes were given, the adjusted contrast decides, and the words are "associated with".
    In a study that is looked at more than once, the always-valid log-rank test must reject too.
    """
    case = _Case(arms, contrasts, settings)
    if len(arms) < 2:
        return _single(case)
    failed = [check for check in checks if check.status == "fail"]
    if failed:
        sentence = _BLOCKS.get(
            str(failed[0].values["name"]), f"The check “{failed[0].values['name']}” failed, so no winner is named."
        )
        support = f"{failed[0].values['detail']} The curves below are for diagnosis only."
        return Verdict(**old_words("blocked", "No verdict: a check failed", sentence, support))
    against = [c for c in contrasts if c.arm == arms[0].name]
    if all(_differs(case, c) for c in against):
        return _winner(case, against[0])
    return _tie(case, against)


def primary_difference(contrast: Contrast, settings: RetentionSettings) -> RestrictedMean:
    """Return the difference in days that decides: adjusted where arms were not randomised, else as observed."""
    if contrast.adjusted and not _Case((), (), settings).causal:
        return contrast.adjusted.rmst_difference
    return contrast.rmst_difference


def primary_survival(contrast: Contrast, settings: RetentionSettings) -> AtDay:
    """Return the difference in survival that goes with `primary_difference`."""
    if contrast.adjusted and not _Case((), (), settings).causal:
        return contrast.adjusted.survival_difference
    return contrast.survival_difference


def _differs(case: _Case, contrast: Contrast) -> bool:
    found = primary_difference(contrast, case.settings)
    if case.settings.looks > 1 and case.settings.cohort == RECOMMENDER:
        anytime = contrast.anytime
        if anytime is None or anytime.p_holm is None or anytime.p_holm > ALPHA:
            return False
    return found.p_holm is not None and found.p_holm < ALPHA and found.estimate > 0


def _single(case: _Case) -> Verdict:
    arm = case.arms[0]
    who = "Users" if case.settings.cohort == EVERYONE else case.user_group(arm.name).capitalize()
    median = "More than half were still users at the end"
    if arm.median_days is not None:
        median = f"Half had lapsed by day {arm.median_days:g}"
    sentence = f"{who} stayed {words.days(arm.rmst.estimate)} of the first {case.horizon} days on average."
    support = (
        f"95 % interval {words.limits(arm.rmst.lower, arm.rmst.upper)} days. {median}. "
        "There is one curve and nothing to compare it with: name the column that says which recommender served an "
        "event, compare by a user attribute, or train two models and compare by affinity."
    )
    return Verdict(**old_words("single", "One curve, no comparison", sentence, support))


def _winner(case: _Case, first: Contrast) -> Verdict:
    difference = primary_difference(first, case.settings)
    amount = f"{words.days(difference.estimate)} days"
    if case.causal:
        title = "Clear winner"
        sentence = (
            f"Users first served by {first.arm} stayed {amount} longer over {case.horizon} days than those served by "
            f"{first.reference}."
        )
    else:
        title = "Clear difference, not randomised"
        what = "Being first served by" if case.settings.cohort == RECOMMENDER else f"{case.settings.cohort}:"
        sentence = (
            f"{what} {first.arm} is associated with staying {amount} longer over {case.horizon} days than "
            f"{first.reference}."
        )
        if case.settings.cohort == AFFINITY:
            sentence = (
                f"Having one's next items ranked higher by {first.arm} than by {first.reference} is associated with "
                f"staying {amount} longer over the {case.horizon} days after the landmark."
            )
    return Verdict(**old_words("winner", title, sentence, _support(case, first, difference)), contrast=first)


def _support(case: _Case, contrast: Contrast, difference: RestrictedMean) -> str:
    kept = primary_survival(contrast, case.settings)
    more = "more" if kept.estimate >= 0 else "fewer"
    size = words.points(abs(kept.estimate))
    low, high = sorted((kept.lower, kept.upper)) if kept.estimate >= 0 else sorted((-kept.lower, -kept.upper))
    what = "activity" if case.settings.cohort == AFFINITY else "user attributes"
    adjusted = f"Adjusted for {what}. " if contrast.adjusted and not case.causal else ""
    return (
        f"{adjusted}95 % interval {words.limits(difference.lower, difference.upper)} days. "
        f"At day {kept.day:g} that is {size} points {more} users kept ({words.limits(low, high, scale=100)}). "
        f"The smallest difference this study can show is {words.days(contrast.minimum_detectable_days)} days."
    )


def _tie(case: _Case, against: Sequence[Contrast]) -> Verdict:
    level = [c.reference for c in against if not _differs(case, c)]
    beaten = [c.reference for c in against if _differs(case, c)]
    first = next(c for c in against if c.reference == level[0])
    difference = primary_difference(first, case.settings)
    names = words.listed([first.arm, *level])
    sentence = f"{names} keep users about equally long; this study cannot tell them apart."
    if case.settings.cohort == AFFINITY:
        sentence = (
            f"Users whose next items {first.arm} ranked higher and those whose next items {first.reference} ranked "
            "higher stayed about equally long; this study cannot tell them apart."
        )
    smallest = first.minimum_detectable_days
    support = (
        f"Difference {words.interval(difference.estimate, difference.lower, difference.upper)} days over "
        f"{case.horizon}, {first.arm} minus {first.reference}. "
    )
    if smallest > 0:
        sizes = {arm.name: arm.users for arm in case.arms}
        both = sizes[first.arm] + sizes[first.reference]
        each = users_needed(both, difference.stderr, 1.0) / 2 if difference.stderr > 0 else 0
        support += (
            f"It could show {words.days(smallest)} days or more. To see 1 day: about {words.about(each)} users "
            "in each arm."
        )
    if case.settings.looks > 1 and first.anytime and difference.p_holm is not None and difference.p_holm < ALPHA:
        support += (
            f" At a single look this would be a difference; with {case.settings.looks} looks it takes more "
            f"(e = {first.anytime.e_value:.2g} of 20)."
        )
    if beaten:
        support += f" Users of {words.listed(beaten)} stayed shorter than those of {first.arm}."
    return Verdict(**old_words("tie", "No clear winner", sentence, support), contrast=first)
