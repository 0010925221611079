### What pages and the report say about a retention study: captions, notes, methods and limits.

## Curves and arms

caption-curves = Per cent not yet lapsed, Kaplan-Meier with 95 % { $form } bands. A line fades where fewer than 10 users are left to judge.
caption-unadjusted = Unadjusted: these curves only describe, since the cohorts differ in activity.
caption-diagnosis = For diagnosis only: a check failed.
caption-arms = { $descriptive ->
        [yes] Unadjusted.
       *[no] One-time users are counted.
    } Days kept: restricted mean over { DAY($horizon) } days, 95 % interval.
alt-curves = Kaplan-Meier curves of { LIST($arms) } to day { DAY($horizon) } and beyond.
note-curves = Per cent not yet lapsed, with 95 % bands. A line fades where fewer than 10 users are left to judge. { $descriptive ->
        [yes] Unadjusted: these curves only describe.
       *[no] {""}
    }
note-lapsed-by-landmark = Users whose last activity before a long gap came before it.
note-left-after-one-visit = One-time users are counted, never dropped.
computed-curves = Kaplan-Meier, Greenwood's variance, { $form } intervals; days kept: restricted mean, the sum of the curve over days 0 to { DAY($last) }.
note-in-force = Lapsed after **{ DAY($gap) } days** without activity. Horizon **{ DAY($horizon) } days**. { CAPITAL($form) } intervals.

## Contrasts

caption-differences = Difference in days kept over { DAY($horizon) } days, 95 % interval.
caption-pace-ratio = Visits while users come: of the arm for one visit of the reference, 95 % interval; Mann-Whitney test of the share of days with a visit.
caption-pace-arms = Days engaged by the life model, 95 % interval. Back: share of an arm's lapsed users who came back within so many days after the gap was over.
caption-best = Every arm against the best of the others, with limits that hold for all arms together.
caption-gap-letter = G is the inactivity gap, { DAY($gap) } days unless stated.
caption-contrasts = A hazard ratio below 1 means that users of the first arm lapse more slowly. Shows from: the smallest true difference in days kept that a study of this size finds four times in five.
note-logrank-all = Log-rank test of all arms: { P($p) }.
note-logrank-page = All arms: log-rank { P($p) }.
note-differences = Difference in days kept over { DAY($horizon) } days, with 95 % interval. Zero means no difference.
note-per-thousand = Of 1,000 users, { COUNT($change) } { $more ->
        [yes] more
       *[no] fewer
    } ({ LIMITS($lower, $upper, digits: 0) }) are still users on day { DAY($day) } with { $arm } than with { $reference }.
caption-adjusted = Standardised over { LIST($covariates) }, as known at { $descriptive ->
        [yes] the landmark
       *[no] first exposure
    }{ $overlap ->
        [yes] , among users whom both arms could have served
       *[no] {""}
    }. AIPW is the primary method; the others check it.
caption-cox = Cox model of lapsing; arms against { $reference }. Last column: test of proportional hazards; a small p says that the ratio changes over the days. Concordance { FIGURE($concordance, digits: 3) }.
computed-contrasts = { $descriptive ->
        [yes] Differences of restricted means, standardised by AIPW on pseudo-values (primary), IPTW and g-computation over Cox, given activity up to the landmark; Holm over all pairs.
       *[no] Differences of restricted means and of Kaplan-Meier curves with normal intervals; log-rank test; hazard ratio from Cox with Efron's ties; Holm over all pairs. { $adjusted ->
            [yes] Adjusted: AIPW on pseudo-values (primary), IPTW and g-computation over Cox, given { LIST($covariates) }.
           *[no] {""}
        }
    }
computed-plan = Users: (1.96 + 0.84)² times the variance of the first difference, over the square of the one to be seen.
note-plan = A study like this one, found four times in five at the level of .05. Days: until so many users have started, at the pace of this log. Lapses: for a log-rank test of the hazard ratio beside them (Schoenfeld).
caption-plan = What it takes to see smaller differences four times in five; days at the pace of this log.

## Day by day, segments, returns

caption-difference = { $arm } − { $reference }, points of users still active. Dark: 95 % for a day; light: for all days together ({ COUNT($resamples) } resamples of users).
note-difference = { $arm } − { $reference }, points of users still active. Dark: 95 % for a day; light: for all days together.
alt-difference = Difference of the curves of { $arm } and { $reference }: { POINTS($points, sign: 1) } points on day { DAY($day) }
computed-difference = Difference of two Kaplan-Meier curves; { COUNT($resamples) } resamples of users within each arm, studentised; the band takes the largest deviation over all days.
caption-hazard = Hazard ratio of { $arm } to { $reference } over time: scaled Schoenfeld residuals, larger for more lapses, and their smooth; dotted the one ratio for all days, { FIGURE($ratio, digits: 2) }. That it stays the same: { P($p) }.
note-hazard = Hazard ratio of { $arm } to { $reference } over time: it { $changes ->
        [yes] changes with time
       *[no] may be the same on all days
    } ({ P($p) }). Dotted: the one ratio for all days, { FIGURE($ratio, digits: 2) }.
note-hazard-missing = There is no Cox model; the notes above say why.
alt-hazard = Hazard ratio over time; it { $changes ->
        [yes] changes with time
       *[no] may be the same on all days
    }, { P($p) }
computed-hazard = Scaled Schoenfeld residuals of a Cox model of the two arms (dots, larger for more lapses), smoothed by a natural spline with 4 degrees of freedom; time scaled by the Kaplan-Meier curve; score test as R's cox.zph.
note-segments = { $arm } − { $reference }, days kept over { DAY($horizon) } days, within segments of users; 95 % interval. Exploration: p values corrected by Benjamini-Hochberg over { $tested ->
        [one] 1 segment
       *[other] { COUNT($tested) } segments
    }.
segments-differ = The difference is not the same in all segments of { LIST($attributes) }. Take it as a lead to follow, not as a finding.
segments-differ-in = { $attribute } ({ P($p) })
segments-none = No attribute has two segments that can be compared.
segments-alike = Nothing says that the difference depends on { LIST($attributes, last: "or") }; single segments scatter by chance.
segment-history = history
caption-heterogeneity = Whether the difference is the same in all segments of an attribute (Cochran's chi-square).
computed-segments = Difference of restricted means within each segment, numbers cut into thirds; Benjamini-Hochberg over all segments; heterogeneity by Cochran's chi-square.
note-returns = Per cent of lapses that end in a return, by days since the lapse was declared; Kaplan-Meier, 95 % intervals that allow for users who lapse more than once.
returns-ratios = Rate of lapses, first and later ones, as a ratio (Andersen-Gill): { LIST($ratios, join: "; ") }.
returns-ratio = { $arm } against { $reference } { INTERVAL($estimate, $lower, $upper, digits: 2) }, { P($p) }
returns-per-thousand = Lapses per 1,000 users within { DAY($day) } days of the start: { LIST($arms) }.
returns-per-thousand-of = { COUNT($lapses) } for { $arm }
computed-returns = A lapse is declared when the gap is over, and a spell of absence runs from there to the next activity or the log's end; who is gone cannot lapse again before returning.

## The gap

caption-gap = Share of gaps that end in a return within G days: Kaplan-Meier on the gaps between active days, the last one open. { $capped ->
        [yes] The curve passes 90 % of its plateau only within { DAY($wanted) } days; a quarter of the log allows { DAY($suggested) }, so more of those who lapse come back.
       *[no] The curve passes 90 % of its plateau within { DAY($suggested) } days.
    }
note-gap = Kaplan-Meier on the gaps between active days, the last one open. { $capped ->
        [yes] The curve passes 90 % of its plateau only within { DAY($wanted) } days; a quarter of the log allows { DAY($suggested) }, which is taken unless you choose another gap.
       *[no] The curve passes 90 % of its plateau within { DAY($suggested) } days; that is the gap taken unless you choose another.
    }
note-gap-never-closed = Nobody came back on another day, so no gap ever closed; G cannot be read off this log.
computed-gap = Kaplan-Meier on the pooled gaps between active days, the open last gap of each user censored.
caption-sensitivity = The same study under half and double the gap: arms in order of days kept, and the first difference.
sensitivity-not-followed = not followed so far

## Rollout in the report

caption-rollout = More users kept at day { DAY($day) }, per 1,000 users of { $arm }, against the share moved. The band is the 95 % interval, the dark bar the scenario.
caption-rollout-table = A mixture of the two arms' own curves; { COUNT($resamples) } resamples of users.

## The data

fact-log = { COUNT($rows) } events of { COUNT($users) } users on { COUNT($items) } items.
    .term = Log
fact-window = { SPAN($first, $last) }, { COUNT($days) } days.
    .term = Window
fact-events = { NAMED($counts, $names) }.
    .term = Events
fact-recommenders = Events served: { NAMED($counts, $names) }.
    .term = Recommenders
caption-steps = Cleaning, step by step.
caption-columns = Columns used. { $pseudonyms ->
        [yes] User ids were replaced by keyed hashes.
       *[no] {""}
    }

## Methods

method-curves = Kaplan-Meier on whole days, Greenwood's variance, { $form } limits.
    .term = Curves
method-days-kept = Restricted mean: S(d) summed over days 0 to { DAY($last) }. Its variance sums, over days with lapses, the squared area still to come times d / (n (n − d)).
    .term = Days kept
method-tests = Normal test of the difference in days kept; log-rank test. Both corrected by Holm over all pairs.
    .term = Tests
method-hazard-ratio = Cox model, Efron's treatment of ties.
    .term = Hazard ratio
method-proportional-hazards = Score test against time scaled by the Kaplan-Meier curve, as R's cox.zph from version 3 on.
    .term = Proportional hazards
method-adjustment = AIPW on pseudo-values, cross-fitted in five folds of users: right if the model of the arm or that of the outcome is. Numbers enter both as restricted cubic splines. Beside it weighting by { $overlap ->
        [yes] overlap weights
       *[no] stabilised inverse probabilities
    }, and g-computation over a Cox model, both with { COUNT($resamples) } resamples of users.
    .term = Adjustment
method-decision = Two methods, both needed. Life model: a personal rate of visits (gamma or log-normal, the likelier), a dropout in time (a share at once, the others by a Weibull law), arm terms for both; maximum likelihood, sandwich errors. Pace-matched: sessions of the faster arm are hidden until a Mann-Whitney test of pace finds nothing, then the restricted mean under one long gap; the error includes the doubt about the pace. A winner is ahead of every other arm by both (intersection-union test, no correction needed); several arms are held against the best of the others at a simultaneous level.
    .term = What decides
method-balance = Omnibus test of all that was known at first exposure, numbers with their squares, within start weeks: are arms as alike as random assignment makes them?
    .term = Balance
method-always-valid = e = (1 + v V)^(−1/2) exp(v (O − E)² / (2 (1 + v V))) with v = .02; 1 / e, corrected by Holm, is its p.
    .term = Always-valid test
method-sample-ratio = Chi-square test of the arms' sizes against the plan; p < .001 blocks the verdict.
    .term = Sample ratio
method-difference-by-day = Resampled users within each arm; limits from studentised deviations, the band from the largest.
    .term = Difference by day
method-ratio-over-time = Scaled Schoenfeld residuals, smoothed by a natural spline with 4 degrees of freedom.
    .term = Ratio over time
method-e-value = The risk ratio with both arm and lapse that an unmeasured cause would need, for common outcomes.
    .term = E-value
method-segments = The first difference within segments, corrected by Benjamini-Hochberg; Cochran's chi-square between them.
    .term = Segments
method-returns = Kaplan-Meier from the declared lapse to the return; lapse rates by Andersen and Gill; errors by user.
    .term = Returns
method-day-n = Active on that very day, of users followed past it; Wilson's interval.
    .term = Day N
method-ranking = NDCG over a full ranking of every item; percentile intervals from resampled users, the same for every model; differences paired by user and tested by random flips of their signs, corrected by Holm.
    .term = Ranking
method-what-if = S = (1 − q) S of the one arm + q S of the other; interval from resampling users within each arm.
    .term = What-if

## What a study cannot say

limit-no-comparison = One curve says how long users stay, not which recommender keeps them.
    .term = No comparison
limit-intention-to-treat = Users count for the arm that served them first, whatever they met later. Switching usually makes the difference look smaller than it is.
    .term = Intention to treat
limit-association-affinity = The cohorts follow from what users took, not from an assignment: no user was served by these models. Activity is adjusted for; whatever else makes a user both easier to rank for and more loyal is not.
    .term = Association
limit-association = Users were not assigned at random. Those who would have stayed anyway may have met one arm more often; adjustment reaches only the attributes that were given.
    .term = Association
limit-new-users = Arms are compared from the first exposure on. Users who have had one for months may react differently.
    .term = New users
limit-lapses = A gap of more than { COUNT($gap) } days is no farewell: some users return later, and what they do then is not counted.
    .term = Lapses
limit-beyond-horizon = Nothing is claimed after day { DAY($horizon) }.
    .term = Beyond the horizon
limit-many-looks = { $looks ->
        [1] p values hold for one look that was planned. Looking every day until p is small finds what is not there.
       *[other] The study is looked at { COUNT($looks) } times, so a winner needed the always-valid log-rank test too; other p values hold for one look.
    }
    .term = Many looks
limit-why = The figures say who stays longer, not what it was that kept them.
    .term = Why
