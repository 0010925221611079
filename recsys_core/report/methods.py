"""How the figures were counted and estimated, how far to trust them, and what they cannot say."""

from dataclasses import dataclass

from recsys_core.answers import Message, message
from recsys_core.charts import blocks
from recsys_core.charts.tables import plan_table
from recsys_core.report.parts import Part, Prose, ReportInput, Section, definitions, escaped, paragraph, table
from recsys_core.retention.study.details import Details
from recsys_core.retention.study.planning import plan
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.wording.sentences import pairs, say

REFERENCES = {
    "always-valid": "ter Schure, Pérez-Ortiz, Ly & Grünwald 2020, arXiv 2011.06931.",
    "andersen-gill": "Andersen & Gill 1982, Ann. Stat. 10, 1100–1120.",
    "berger": "Berger 1982, Technometrics 24, 295–300.",
    "best": "Hsu 1981, Ann. Stat. 9, 1026–1034.",
    "benjamini-hochberg": "Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57, 289–300.",
    "counting-customers": "Schmittlein, Morrison & Colombo 1987, Manag. Sci. 33, 1–24.",
    "mann-whitney": "Mann & Whitney 1947, Ann. Math. Stat. 18, 50–60.",
    "cochran": "Cochran 1954, Biometrics 10, 101–129.",
    "e-value": "VanderWeele & Ding 2017, Ann. Intern. Med. 167, 268–274.",
    "balance": "Hansen & Bowers 2008, Stat. Sci. 23, 219–236.",
    "cross-fitting": "Chernozhukov et al. 2018, Econom. J. 21, C1–C68.",
    "overlap": "Li, Morgan & Zaslavsky 2018, J. Am. Stat. Assoc. 113, 390–400.",
    "splines": "Harrell 2015, Regression Modeling Strategies, 2nd ed., Springer.",
    "aipw": "Robins, Rotnitzky & Zhao 1994, J. Am. Stat. Assoc. 89, 846–866.",
    "bootstrap": "Efron 1979, Ann. Stat. 7, 1–26.",
    "cox": "Cox 1972, J. R. Stat. Soc. B 34, 187–220.",
    "efron": "Efron 1977, J. Am. Stat. Assoc. 72, 557–565.",
    "g-computation": "Robins 1986, Math. Model. 7, 1393–1512.",
    "greenwood": "Greenwood 1926, Reports on Public Health and Medical Subjects 33, 1–26.",
    "holm": "Holm 1979, Scand. J. Stat. 6, 65–70.",
    "iptw": "Cole & Hernán 2004, Comput. Methods Programs Biomed. 75, 45–49.",
    "kaplan-meier": "Kaplan & Meier 1958, J. Am. Stat. Assoc. 53, 457–481.",
    "limits": "Kalbfleisch & Prentice 2002, The Statistical Analysis of Failure Time Data, 2nd ed., Wiley.",
    "logrank": "Mantel 1966, Cancer Chemother. Rep. 50, 163–170.",
    "ndcg": "Järvelin & Kekäläinen 2002, ACM Trans. Inf. Syst. 20, 422–446.",
    "proportional": "Grambsch & Therneau 1994, Biometrika 81, 515–526.",
    "pseudo-values": "Andersen, Klein & Rosthøj 2003, Biometrika 90, 15–27.",
    "randomisation": "Fisher 1935, The Design of Experiments, Oliver & Boyd.",
    "restricted mean": "Royston & Parmar 2013, BMC Med. Res. Methodol. 13, 152.",
    "sample ratio": "Fabijan et al. 2019, Proc. 25th ACM SIGKDD, 2156–2164.",
    "wilson": "Wilson 1927, J. Am. Stat. Assoc. 22, 209–212.",
}


@dataclass(frozen=True)
class Method:
    """How something is computed, and the keys of `REFERENCES` that it follows."""

    told: Message
    cited: tuple[str, ...] = ()


def methods(result: ReportInput) -> list[Section]:
    """Definitions, every check in words, limits, and the estimators with their sources."""
    retention = result.retention
    checks: list[Part] = [Prose(escaped(blocks.check_details_html(retention.checks)))]
    checks += [paragraph(say(warning)) for warning in retention.warnings]
    plans = plan(retention)
    if plans:
        checks.append(table(say(message("caption-plan")), *plan_table(plans)))
    return [
        Section("How this was counted", [definitions(pairs(retention.definitions))]),
        Section("How far to trust this", checks),
        Section("What this cannot say", [definitions(pairs(limits(retention)))]),
        Section("Methods", _methods(estimators(result))),
    ]


def _methods(used: list[Method]) -> list[Part]:
    order = list(dict.fromkeys(key for method in used for key in method.cited))
    numbered = [
        (term, f"{text} [{', '.join(str(order.index(key) + 1) for key in method.cited)}]")
        for method in used
        for term, text in pairs([method.told])
    ]
    items = "".join(f"<li>{blocks.text_html(REFERENCES[key])}</li>" for key in order)
    return [definitions(numbered), Prose(escaped(f'<ol class="references">{items}</ol>'))]


def estimators(result: ReportInput) -> list[Method]:
    """List the estimators that this report used, in the order of its sections."""
    retention = result.retention
    used = [
        Method(message("method-curves", form=retention.resolved.form), ("kaplan-meier", "greenwood", "limits")),
        Method(message("method-days-kept", last=retention.resolved.horizon - 1), ("restricted mean",)),
    ]
    if retention.contrasts:
        used += _pairs(retention)
    if retention.details:
        used += _closer(retention.details)
    if retention.calendar:
        used.append(Method(message("method-day-n"), ("wilson",)))
    if result.comparison:
        used.append(Method(message("method-ranking"), ("ndcg", "bootstrap", "randomisation", "holm")))
    if result.rollout:
        used.append(Method(message("method-what-if"), ("bootstrap",)))
    return used


def _pairs(retention: RetentionResult) -> list[Method]:
    used = [Method(message("method-tests"), ("logrank", "holm"))]
    if retention.cox:
        used.append(Method(message("method-hazard-ratio"), ("cox", "efron")))
    if retention.cox and retention.cox.proportional_hazards:
        used.append(Method(message("method-proportional-hazards"), ("proportional",)))
    if any(contrast.adjusted_methods for contrast in retention.contrasts):
        overlap, resamples = retention.settings.estimand == "overlap", retention.settings.resamples
        weights = "overlap" if overlap else "iptw"
        cited = ("aipw", "pseudo-values", "cross-fitting", "splines", weights, "g-computation", "bootstrap")
        used.append(Method(message("method-adjustment", resamples=resamples, overlap=overlap), cited))
    if any(check.code == "balance" and check.finding == "assigned" for check in retention.checks):
        used.append(Method(message("method-balance"), ("balance",)))
    if retention.decision:
        used.append(Method(message("method-decision"), ("counting-customers", "mann-whitney", "berger", "best")))
    if (retention.settings.looks or 1) > 1:
        used.append(Method(message("method-always-valid"), ("always-valid", "holm")))
    if any(check.code == "sample-ratio" for check in retention.checks):
        used.append(Method(message("method-sample-ratio"), ("sample ratio",)))
    return used


def _closer(details: Details) -> list[Method]:
    used = []
    if details.difference:
        used.append(Method(message("method-difference-by-day"), ("bootstrap",)))
    if details.hazard:
        used.append(Method(message("method-ratio-over-time"), ("proportional",)))
    if details.e_value:
        used.append(Method(message("method-e-value"), ("e-value",)))
    if details.segments and details.segments.rows:
        used.append(Method(message("method-segments"), ("benjamini-hochberg", "cochran")))
    return [*used, Method(message("method-returns"), ("andersen-gill",))]


def limits(retention: RetentionResult) -> tuple[Message, ...]:
    """State what the study cannot say."""
    plan, stated = retention.plan, []
    if not plan.comparable:
        stated.append(message("limit-no-comparison"))
    elif retention.case.causal:
        stated.append(message("limit-intention-to-treat"))
    elif plan.descriptive:
        stated.append(message("limit-association-affinity"))
    else:
        stated.append(message("limit-association"))
    if plan.logged:
        stated.append(message("limit-new-users"))
    stated.append(message("limit-lapses", gap=retention.resolved.gap))
    stated.append(message("limit-beyond-horizon", horizon=retention.resolved.horizon))
    if retention.contrasts:
        stated.append(message("limit-many-looks", looks=retention.settings.looks))
    return (*stated, message("limit-why"))
