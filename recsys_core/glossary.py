"""The words of the pages, each explained once: what it means, how to read it, and where it comes from."""

from dataclasses import dataclass

from recsys_core.errors import SettingsError


@dataclass(frozen=True)
class Term:
    """A word of the pages.

    Attributes
    ----------
    slug
        In addresses: "kaplan-meier".
    name
        As it is written in a sentence.
    meaning
        One or two plain sentences.
    reading
        How to read a figure of it.
    source
        A paper or a book; empty for a word of this project.
    also
        Other words of a sentence that mean it: "lapsed" for lapse.
    """

    slug: str
    name: str
    meaning: str
    reading: str
    source: str = ""
    also: tuple[str, ...] = ()


def find(slug: str) -> Term:
    """Return the term of a slug.

    Raises
    ------
    SettingsError
        For a slug that no term has.
    """
    if slug not in _BY_SLUG:
        raise SettingsError("term-unknown", slug=slug, known=tuple(sorted(_BY_SLUG)))
    return _BY_SLUG[slug]


# fmt: off
TERMS: tuple[Term, ...] = (
    Term("lapse", "lapse",
         "The moment at which a user stops being one: the last activity before the first gap longer than the "
         "inactivity gap.",
         "Whoever comes back after a longer gap has lapsed all the same, and counts as a return.",
         also=("lapsed",)),
    Term("inactivity-gap", "inactivity gap",
         "The number of days without activity after which a user counts as gone; G for short.",
         "Too short, and holidays look like goodbyes; too long, and little of the log can be judged. See whether the "
         "order of the arms holds when it is halved and doubled."),
    Term("censoring", "censoring",
         "A user who has not lapsed by the end of what can be seen is censored there: we know only that the lapse "
         "comes later, if at all.",
         "Censored users count as staying for as long as they are followed and tell nothing after that. Everyone is "
         "followed to the log's end less the inactivity gap.",
         "Kalbfleisch & Prentice 2002, The Statistical Analysis of Failure Time Data, 2nd ed., Wiley.",
         also=("censored",)),
    Term("at-risk", "at risk",
         "Users still followed and not yet lapsed just before a day: those who could lapse on it.",
         "A curve drawn from fewer than ten users at risk is faint: read little into it."),
    Term("kaplan-meier", "Kaplan-Meier",
         "A curve of the share of users not yet lapsed by each day, which uses everybody for as long as they are "
         "followed.",
         "Higher is longer kept. The drop at day 0 is users with a single visit; the band is the 95 % interval of "
         "a day. It assumes that censoring says nothing about leaving: here, that when a user started says nothing "
         "about how long they stay.",
         "Kaplan & Meier 1958, J. Am. Stat. Assoc. 53, 457–481."),
    Term("confidence-interval", "confidence interval",
         "A range that would hold the true value in 95 of 100 studies like this one.",
         "Differences whose interval holds zero may be nothing. A wide interval means few users, not a small effect."),
    Term("p-value", "p value",
         "How often a difference this large or larger would be seen if there were none.",
         "Small is evidence against \"no difference\". It says nothing about how large the difference is."),
    Term("horizon", "horizon",
         "The number of days over which the arms are compared.",
         "Every arm must be followed that long. Figures with different horizons cannot be compared."),
    Term("restricted-mean", "restricted mean",
         "Days kept: the mean number of the first days, up to the horizon, on which a user is still a user. It is the "
         "area under the Kaplan-Meier curve.",
         "28.8 days of 60 means that a user was kept for 28.8 of the first 60 days on average. Curves may cross or run "
         "in any shape, but it rests on Kaplan-Meier, and so on censoring that says nothing about leaving.",
         "Royston & Parmar 2013, BMC Med. Res. Methodol. 13, 152.",
         also=("days kept",)),
    Term("points", "points",
         "Percentage points: the difference of two shares, each in per cent.",
         "From 40 % to 44 % is 4 points, and of 1,000 users 40 more."),
    Term("log-rank", "log-rank test",
         "Compares the lapses of each arm with those expected if all arms lapsed alike, over all days.",
         "A small p value: the curves differ somewhere. It is weak where curves cross.",
         "Mantel 1966, Cancer Chemother. Rep. 50, 163–170.",
         also=("log-rank",)),
    Term("hazard-ratio", "hazard ratio",
         "How much faster users of one arm lapse than those of another, among those still there.",
         "Below 1, fewer lapse; 0.80 is a fifth fewer on any day. Read the days kept first: a ratio is no number of "
         "users.",
         "Cox 1972, J. R. Stat. Soc. B 34, 187–220; Hernán 2010, Epidemiology 21, 13–15."),
    Term("cox-model", "Cox model",
         "A regression of the rate of lapses on the arm and on what is known about users, which leaves open how "
         "the rate changes with time.",
         "Each coefficient is a hazard ratio, given the others.",
         "Cox 1972, J. R. Stat. Soc. B 34, 187–220.",
         also=("Cox",)),
    Term("proportional-hazards", "proportional hazards",
         "The assumption that the hazard ratio is the same on all days.",
         "Where the test rejects it, the one ratio is a mean over days; look at the picture over time and at days "
         "kept.",
         "Grambsch & Therneau 1994, Biometrika 81, 515–526."),
    Term("schoenfeld-residuals", "Schoenfeld residuals",
         "For each lapse, how far the user who lapsed differs from those at risk that day; scaled, they show the "
         "hazard ratio over time.",
         "A flat line agrees with one ratio for all days; a slope says that the effect fades or grows.",
         "Schoenfeld 1982, Biometrika 69, 239–241; Grambsch & Therneau 1994, Biometrika 81, 515–526."),
    Term("holm", "Holm",
         "Raises p values of several comparisons so that the chance of even one false finding stays at 5 %.",
         "A pair still below .05 after Holm can be claimed, whatever the others say.",
         "Holm 1979, Scand. J. Stat. 6, 65–70."),
    Term("benjamini-hochberg", "Benjamini-Hochberg",
         "Raises p values so that of all findings about 5 % are false; milder than Holm, meant for exploring.",
         "Segments found this way are leads for a next study, no proof.",
         "Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57, 289–300."),
    Term("iptw", "IPTW",
         "Inverse probability of treatment weighting: users are weighted so that the arms are alike in what was known "
         "before the start.",
         "Trust it where weights are not extreme: see overlap and effective sample size.",
         "Cole & Hernán 2004, Comput. Methods Programs Biomed. 75, 45–49."),
    Term("g-computation", "g-computation",
         "A model foretells every user's curve under each arm; the means over all users are compared.",
         "As good as the model. Compare it with IPTW, which errs in another way.",
         "Robins 1986, Math. Model. 7, 1393–1512."),
    Term("aipw", "AIPW",
         "Augmented weighting: IPTW and an outcome model together; right if either of the two is.",
         "The primary adjusted figure here. Far from the raw difference means that the arms were not alike.",
         "Robins, Rotnitzky & Zhao 1994, J. Am. Stat. Assoc. 89, 846–866."),
    Term("pseudo-values", "pseudo-values",
         "One number per user that stands in for a censored outcome: what the user adds to the estimate of all.",
         "They let ordinary regression work on censored data; no figure is read off them alone.",
         "Andersen, Klein & Rosthøj 2003, Biometrika 90, 15–27."),
    Term("smd", "SMD",
         "Standardised mean difference: how far two arms differ in an attribute, in standard deviations.",
         "Below 0.1 the arms are balanced in it; after weighting all should be.",
         "Austin 2009, Stat. Med. 28, 3083–3107."),
    Term("overlap", "overlap",
         "Whether users of every kind are found in both arms.",
         "Without it a comparison of such users is guesswork: propensities near 0 or 1 are the sign.",
         "Austin 2011, Multivariate Behav. Res. 46, 399–424."),
    Term("effective-sample-size", "effective sample size",
         "How many unweighted users would tell as much as the weighted ones.",
         "Less than half of the users: a few weigh most, and the interval is wider than the numbers suggest.",
         "Kish 1965, Survey Sampling, Wiley."),
    Term("bootstrap", "bootstrap",
         "Draws users anew from the log, again and again, and computes the figure each time; the spread is its "
         "uncertainty.",
         "Limits by bootstrap move a little with the seed; more resamples, less so.",
         "Efron 1979, Ann. Stat. 7, 1–26."),
    Term("smallest-detectable-effect", "smallest detectable effect",
         "The difference that a study of this size finds four times in five.",
         "It says what the study was built to see before it was run. How large a difference can still be, once it is "
         "done, is read off the interval and not off this.",
         "Schoenfeld 1983, Biometrics 39, 499–503."),
    Term("e-value", "E-value",
         "How strongly an unmeasured cause would have to be tied to both arm and lapse to explain the effect away.",
         "2.0 is a cause that doubles both. Near 1, little is needed. Not the e-value of the always-valid test.",
         "VanderWeele & Ding 2017, Ann. Intern. Med. 167, 268–274."),
    Term("always-valid-test", "always-valid test",
         "A log-rank test that may be looked at every day and stopped when it is clear.",
         "Evidence of 20 or more rejects at 5 %, however often one has looked; a fixed test does not allow that.",
         "ter Schure, Pérez-Ortiz, Ly & Grünwald 2020, arXiv 2011.06931.",
         also=("always-valid log-rank test",)),
    Term("sample-ratio-mismatch", "sample-ratio mismatch",
         "The arms hold other shares of users than were planned, beyond chance.",
         "p < .001 means that assignment or logging is broken: mend that first and believe no figure.",
         "Fabijan et al. 2019, Proc. 25th ACM SIGKDD, 2156–2164.",
         also=("sample ratio",)),
    Term("burn-in", "burn-in",
         "The first days of a log, whose newcomers may be old users seen for the first time; they are left out.",
         "By default as long as the inactivity gap. Not needed where the clock starts at a first exposure."),
    Term("intention-to-treat", "intention to treat",
         "Users are compared by the arm they were first given, whatever they met later.",
         "Safe from looking into the future, and mild where many switch.",
         "Hernán & Robins 2020, Causal Inference: What If, Chapman & Hall."),
    Term("switcher", "switcher",
         "A user who met another arm after the first.",
         "Many switchers dilute the difference; compare with the run without them."),
    Term("landmark", "landmark",
         "A moment at which users are sorted by what they did before it, and from which the clock starts.",
         "It keeps what happens later from deciding who belongs where.",
         "Anderson, Cain & Gelber 1983, J. Clin. Oncol. 1, 710–719."),
    Term("affinity-cohort", "affinity cohort",
         "Users whose new items one of two trained models ranked higher; it stands in for an arm where the log names "
         "none.",
         "Says what staying goes with, never what causes it: nobody was assigned."),
    Term("competing-risk", "competing risk",
         "Another way to leave, after which a lapse can no longer happen, such as a closed account.",
         "Read the share who leave in each way; curves that censor the other way say what would be without it.",
         "Aalen & Johansen 1978, Scand. J. Stat. 5, 141–150; Fine & Gray 1999, J. Am. Stat. Assoc. 94, 496–509."),
    Term("andersen-gill", "Andersen-Gill",
         "A Cox model of events that come back, with errors that allow for users who have several.",
         "A ratio of rates over all lapses, first and later ones.",
         "Andersen & Gill 1982, Ann. Stat. 10, 1100–1120."),
    Term("resurrection", "resurrection",
         "A return after a lapse; in weekly states, being active again after a week or more away.",
         "Many returns mean that the inactivity gap is short for this service."),
    Term("pace", "pace",
         "How often a user visits while they still come: the share of days with a visit between the first and the "
         "last one.",
         "An arm with a slower pace has longer gaps, so a fixed inactivity gap takes more of its users for gone though "
         "they only come less often."),
    Term("life-model", "life model",
         "Users visit at a rate of their own until they drop out for good at some moment; both are estimated from "
         "every user's visits.",
         "Its days engaged do not depend on an inactivity gap. It assumes that the pace of an arm is steady or drifts "
         "smoothly until the dropout.",
         "Schmittlein, Morrison & Colombo 1987, Manag. Sci. 33, 1–24; Fader, Hardie & Lee 2005, Mark. Sci. 24, "
         "275–284."),
    Term("pace-matched", "pace-matched",
         "Two arms compared after visits of the faster one were left out at random, so that both come equally often at "
         "any time since the start.",
         "What differs then is not how often users come. It uses one long gap, so it needs a longer log."),
    Term("confidence-sequence", "confidence sequence",
         "Intervals, one for every look, that together hold the true value in 95 of 100 studies however often one "
         "looks.",
         "Wider than an interval for one look. Once it leaves zero out, one may stop.",
         "Howard, Ramdas, McAuliffe & Sekhon 2021, Ann. Stat. 49, 1055–1080."),
    Term("comparison-with-the-best", "comparison with the best",
         "For each arm, the difference from the best of the others, with limits that hold for all arms together.",
         "An upper limit of zero: the arm is not the best. A lower limit of zero: it is. Otherwise it may be.",
         "Hsu 1981, Ann. Stat. 9, 1026–1034."),
    Term("equivalence-margin", "equivalence margin",
         "The difference below which two arms count as equal in practice; it is set before looking.",
         "Arms are called equal only if the whole interval lies within the margin. No clear difference is not yet "
         "equality.",
         "Schuirmann 1987, J. Pharmacokinet. Biopharm. 15, 657–680."),
    Term("overlap-weights", "overlap weights",
         "Weights that count users more, the more likely they could have met either arm.",
         "The answer is about users whom both arms serve; no user gets an extreme weight.",
         "Li, Morgan & Zaslavsky 2018, J. Am. Stat. Assoc. 113, 390–400."),
    Term("log-integrity", "log integrity",
         "Whether the log holds what happened: no days without events, no robots, no events twice, no arm that stops "
         "being logged.",
         "A hole in the log looks like leaving. Mend the log before reading any curve."),
    Term("day-n", "day-N retention",
         "The share of users active again N days after the start: on that very day, on it or later, or within a "
         "bracket of days.",
         "The three forms give very different numbers; compare only like with like. Users not followed long enough do "
         "not count.",
         also=("day N",)),
    Term("start-week", "start week",
         "The week, from Monday on, in which users started; the triangle follows each week's starters.",
         "Read along a row for how starters fade, down a column for whether newer starters stay better. Grey is not "
         "known yet."),
    Term("stickiness", "stickiness",
         "DAU / MAU: users active on a day as a share of users active in the 30 days up to it.",
         "20 % is a typical user coming on 6 days in 30. It mixes old and new users, so growth moves it too."),
    Term("lifecycle", "lifecycle states",
         "Each week users are new, returning, resurrecting (active, but not the week before), or dormant (active the "
         "week before, not now).",
         "A service grows while new and resurrecting users outnumber dormant ones."),
    Term("return-time", "return time",
         "Days from an active day to the next, by Kaplan-Meier: the last gap is still open and not dropped.",
         "A short median means a daily habit. Closed gaps alone would look too short.",
         "Kapoor, Sun, Srivastava & Ye 2014, Proc. 20th ACM SIGKDD, 1719–1728."),
    Term("wilson", "Wilson interval",
         "Limits of a share that stay between 0 and 100 % and hold for few users too.",
         "Read as any 95 % interval; Newcombe's limits of a difference are made of two of them.",
         "Wilson 1927, J. Am. Stat. Assoc. 22, 209–212; Newcombe 1998, Stat. Med. 17, 873–890.",
         also=("Wilson's interval", "Wilson's limits")),
    Term("ndcg", "NDCG",
         "How near the top of its list a model puts the items that a user then took; later places count less.",
         "0 to 1, higher is better. Compare models on one split; the number alone says little.",
         "Järvelin & Kekäläinen 2002, ACM Trans. Inf. Syst. 20, 422–446."),
    Term("recall", "recall",
         "The share of the items a user then took that stand in the list.",
         "It grows with the length of the list, so always say at which k.",
         "Herlocker et al. 2004, ACM Trans. Inf. Syst. 22, 5–53."),
    Term("mrr", "MRR",
         "Mean reciprocal rank: 1 over the place of the first item in the list that the user took, averaged over "
         "users.",
         "0.25 is as if the first right item stood in fourth place.",
         "Voorhees 1999, Proc. TREC-8, 77–82."),
    Term("coverage", "coverage",
         "The share of the catalogue that stands in at least one user's list.",
         "Low: the same few items for everyone."),
    Term("novelty", "novelty",
         "How little known the items of a list are, in bits: one bit more is half as many users who took them.",
         "High novelty with poor NDCG is only obscure.",
         "Zhou et al. 2010, Proc. Natl. Acad. Sci. 107, 4511–4515."),
    Term("calibration", "calibration",
         "Whether of users given a risk of 30 % about 30 % lapse.",
         "On the diagonal is right; above it more lapsed than was foretold.",
         "Austin, Harrell & van Klaveren 2020, Stat. Med. 39, 2714–2742."),
    Term("brier-score", "Brier score",
         "The mean squared distance between the risk foretold and what happened.",
         "Lower is better. Compare with the score of giving everybody the same risk.",
         "Graf, Schmoor, Sauerbrei & Schumacher 1999, Stat. Med. 18, 2529–2545."),
    Term("concordance", "concordance",
         "Of two users, how often the one with the higher risk lapses first.",
         "0.5 is chance, 1 is perfect. It says nothing about whether the risks are the right size.",
         "Harrell et al. 1982, J. Am. Med. Assoc. 247, 2543–2546; Uno et al. 2011, Stat. Med. 30, 1105–1117."),
    Term("time-dependent-auc", "time-dependent AUC",
         "Of one user who lapsed by a day and one who did not, how often the first had the higher risk.",
         "0.5 is chance, 1 is perfect; it may differ from day to day.",
         "Heagerty, Lumley & Pepe 2000, Biometrics 56, 337–344; Blanche, Dartigues & Jacqmin-Gadda 2013, Stat. "
         "Med. 32, 5381–5397."),
    Term("off-policy", "off-policy estimate",
         "What another recommender would have earned, from a log that kept the probability of each item it showed.",
         "Only as good as those probabilities; a few large weights make it worthless.",
         "Horvitz & Thompson 1952, J. Am. Stat. Assoc. 47, 663–685; Swaminathan & Joachims 2015, NeurIPS 28."),
)
# fmt: on
_BY_SLUG = {term.slug: term for term in TERMS}
