"""How the figures were counted and estimated, how far to trust them, and what they cannot say."""

from dataclasses import dataclass

from recsys_core import words
from recsys_core.charts import blocks
from recsys_core.charts.tables import plan_table
from recsys_core.report.parts import Part, Prose, ReportInput, Section, definitions, escaped, paragraph, table
from recsys_core.retention.population.cohorts import AFFINITY, EVERYONE, RECOMMENDER
from recsys_core.retention.study.planning import plan
from recsys_core.retention.study.retention_result import RetentionResult

REFERENCES = {
    "always-valid": "ter Schure, Pérez-Ortiz, Ly & Grünwald 2020, arXiv 2011.06931.",
    "andersen-gill": "Andersen & Gill 1982, Ann. Stat. 10, 1100–1120.",
    "benjamini-hochberg": "Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57, 289–300.",
    "cochran": "Cochran 1954, Biometrics 10, 101–129.",
    "e-value": "VanderWeele & Ding 2017, Ann. Intern. Med. 167, 268–274.",
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
    """A term, how it is computed, and the keys of `REFERENCES` that it follows."""

    term: str
    text: str
    cited: tuple[str, ...] = ()


def methods(result: ReportInput) -> list[Section]:
    """Definitions, every check in words, limits, and the estimators with their sources."""
    found = result.retention
    checks: list[Part] = [Prose(escaped(blocks.check_details_html(found.checks)))]
    checks += [paragraph(warning) for warning in found.warnings]
    used = estimators(result)
    order = list(dict.fromkeys(key for method in used for key in method.cited))
    numbered = [(m.term, f"{m.text} [{', '.join(str(order.index(key) + 1) for key in m.cited)}]") for m in used]
    items = "".join(f"<li>{blocks.text_html(REFERENCES[key])}</li>" for key in order)
    sources = Prose(escaped(f'<ol class="references">{items}</ol>'))
    plans = plan(found)
    if plans:
        caption = "What it takes to see smaller differences four times in five; days at the pace of this log."
        checks.append(table(caption, *plan_table(plans)))
    return [
        Section("How this was counted", [definitions(found.definitions)]),
        Section("How far to trust this", checks),
        Section("What this cannot say", [definitions(limits(found))]),
        Section("Methods", [definitions(numbered), sources]),
    ]


def estimators(result: ReportInput) -> list[Method]:
    """List the estimators that this report used, in the order of its sections."""
    found = result.retention
    horizon = int(found.settings.horizon_days or 0)
    form = found.settings.confidence_form
    used = [
        Method(
            "Curves",
            f"Kaplan-Meier on whole days, Greenwood's variance, {form} limits.",
            ("kaplan-meier", "greenwood", "limits"),
        ),
        Method(
            "Days kept",
            f"Restricted mean: S(d) summed over days 0 to {horizon - 1}. Its variance sums, over days with lapses, the "
            "squared area still to come times d / (n (n − d)).",
            ("restricted mean",),
        ),
    ]
    if found.contrasts:
        used += _pairs(result)
    if found.details:
        used += _closer(found)
    if found.calendar:
        used.append(
            Method("Day N", "Active on that very day, of users followed past it; Wilson's interval.", ("wilson",))
        )
    if result.comparison:
        text = (
            "NDCG over a full ranking of every item; percentile intervals from resampled users, the same for every "
            "model; differences paired by user and tested by random flips of their signs, corrected by Holm."
        )
        used.append(Method("Ranking", text, ("ndcg", "bootstrap", "randomisation", "holm")))
    if result.rollout:
        mixture = "S = (1 − q) S of the one arm + q S of the other; interval from resampling users within each arm."
        used.append(Method("What-if", mixture, ("bootstrap",)))
    return used


def _pairs(result: ReportInput) -> list[Method]:
    found = result.retention
    used = [
        Method(
            "Tests",
            "Normal test of the difference in days kept; log-rank test. Both corrected by Holm over all pairs.",
            ("logrank", "holm"),
        )
    ]
    if found.cox:
        used.append(Method("Hazard ratio", "Cox model, Efron's treatment of ties.", ("cox", "efron")))
    if found.cox and found.cox.proportional_hazards:
        text = "Score test against time scaled by the Kaplan-Meier curve, as R's cox.zph from version 3 on."
        used.append(Method("Proportional hazards", text, ("proportional",)))
    if any(contrast.adjusted_methods for contrast in found.contrasts):
        text = (
            "AIPW on pseudo-values: right if the model of the arm or that of the outcome is. Beside it "
            "inverse-probability weighting with stabilised weights, and g-computation over a Cox model, both with "
            f"{words.count(found.settings.resamples)} resamples of users."
        )
        cited = ("aipw", "pseudo-values", "iptw", "g-computation", "bootstrap")
        used.append(Method("Adjustment", text, cited))
    if found.settings.looks > 1:
        text = "e = (1 + v V)^(−1/2) exp(v (O − E)² / (2 (1 + v V))) with v = .02; 1 / e, corrected by Holm, is its p."
        used.append(Method("Always-valid test", text, ("always-valid", "holm")))
    if any(check.code == "sample-ratio" for check in found.checks):
        text = "Chi-square test of the arms' sizes against the plan; p < .001 blocks the verdict."
        used.append(Method("Sample ratio", text, ("sample ratio",)))
    return used


def _closer(found: RetentionResult) -> list[Method]:
    used, details = [], found.details
    if details and details.difference:
        text = "Resampled users within each arm; limits from studentised deviations, the band from the largest."
        used.append(Method("Difference by day", text, ("bootstrap",)))
    if details and details.hazard:
        text = "Scaled Schoenfeld residuals, smoothed by a natural spline with 4 degrees of freedom."
        used.append(Method("Ratio over time", text, ("proportional",)))
    if details and details.e_value:
        text = "The risk ratio with both arm and lapse that an unmeasured cause would need, for common outcomes."
        used.append(Method("E-value", text, ("e-value",)))
    if details and details.segments and details.segments.rows:
        text = (
            "The first difference within segments, corrected by Benjamini-Hochberg; Cochran's chi-square between them."
        )
        used.append(Method("Segments", text, ("benjamini-hochberg", "cochran")))
    text = "Kaplan-Meier from the declared lapse to the return; lapse rates by Andersen and Gill; errors by user."
    return [*used, Method("Returns", text, ("andersen-gill",))]


def limits(found: RetentionResult) -> list[tuple[str, str]]:
    """State what the study cannot say."""
    settings, logged = found.settings, found.settings.cohort == RECOMMENDER
    said = []
    if settings.cohort == EVERYONE:
        said.append(("No comparison", "One curve says how long users stay, not which recommender keeps them."))
    elif logged and settings.randomised:
        said.append((
            "Intention to treat",
            "Users count for the arm that served them first, whatever they met later. Switching usually "
            "makes the difference look smaller than it is.",
        ))  # fmt: skip
    elif settings.cohort == AFFINITY:
        said.append((
            "Association",
            "The cohorts follow from what users took, not from an assignment: no user was served by these models. "
            "Activity is adjusted for; whatever else makes a user both easier to rank for and more loyal is not.",
        ))  # fmt: skip
    else:
        said.append((
            "Association",
            "Users were not assigned at random. Those who would have stayed anyway may have met one arm more often; "
            "adjustment reaches only the attributes that were given.",
        ))  # fmt: skip
    if logged:
        said.append((
            "New users",
            "Arms are compared from the first exposure on. Users who have had one for months may react differently.",
        ))  # fmt: skip
    lapse = f"A gap of more than {words.count(settings.inactivity_days)} days is no farewell: some users return later, "
    said += [
        ("Lapses", f"{lapse}and what they do then is not counted."),
        ("Beyond the horizon", f"Nothing is claimed after day {settings.horizon_days}."),
    ]
    if found.contrasts:
        looks = (
            "p values hold for one look that was planned. Looking every day until p is small finds what is not there."
        )
        if settings.looks > 1:
            looks = (
                f"The study is looked at {settings.looks} times, so a winner needed the always-valid log-rank test "
                "too; other p values hold for one look."
            )
        said.append(("Many looks", looks))
    return [*said, ("Why", "The figures say who stays longer, not what it was that kept them.")]
