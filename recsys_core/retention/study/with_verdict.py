"""What is added to the figures of a study once visits have been compared: the decision, its checks, the verdict."""

from dataclasses import replace

from recsys_core.retention.population.prepared import Prepared
from recsys_core.retention.study.case import Case
from recsys_core.retention.study.deciding import decide
from recsys_core.retention.study.decision_checks import looks, pace, smallest
from recsys_core.retention.study.population_checks import too_few
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.retention.study.retention_verdict import Findings, reach_verdict
from recsys_core.retention.study.trust_checks import by_status


def with_verdict(ready: Prepared, figures: RetentionResult) -> RetentionResult:
    """Compare the arms by what decides, and say what was found.

    Parameters
    ----------
    ready
        The prepared study that the figures are of.
    """
    few = too_few(ready.table)
    case = Case.of(ready.settings, ready.resolved)
    decision = None
    if len(figures.arms) > 1 and not few:
        decision = decide(ready, figures.arms, figures.details.resurrection if figures.details else None)
    checks = figures.checks
    if decision:
        made = (pace(decision), smallest(decision, case), looks(figures.contrasts[0], case))
        checks = by_status([*checks, *(check for check in made if check)])
    verdict = reach_verdict(Findings(figures.arms, figures.contrasts, decision, checks, few, case))
    return replace(figures, decision=decision, checks=checks, verdict=verdict)
