### Estimators, the Cox model and adjustment: what they refuse, and what an E-value says.

## Columns of a survival table

error-survival-table-empty = The survival table has no rows; at least one is needed.
error-survival-column-not-numbers = The column { $column } holds values that are not numbers.
error-survival-column-shape = The column { $column } has shape { $shape }; expected one number per row.
error-survival-column-size = The column { $column } has shape { $shape }; expected { COUNT($rows) } values, one per row.
error-survival-column-not-finite = The column { $column } has { COUNT($bad) } of { COUNT($rows) } values missing or infinite; leave those rows out or mend them.
error-durations-below-zero = The column { $column } has { COUNT($bad) } of { COUNT($rows) } values below 0; durations start at 0.
error-events-not-zero-or-one = The column { $column } has { COUNT($bad) } of { COUNT($rows) } values neither 0 nor 1; write 1 for an event and 0 for censored.
error-entries-not-before-durations = The column { $column } has { COUNT($bad) } of { COUNT($rows) } values not before the duration; each row needs entry < duration.
error-weights-below-zero = The column { $column } has { COUNT($bad) } of { COUNT($rows) } values below 0; weights must be 0 or more.
error-weights-all-zero = Every weight is 0 in the column { $column }; at least one row needs a weight above 0.
error-clusters-incomplete = Clusters have { COUNT($labels) } values, { COUNT($missing) } of them missing, for { COUNT($rows) } rows; each row needs one.

## Counts per day

error-counts-without-users = The counts per day hold no users; at least one is needed.
error-counts-repeat-a-day = The counts name a day twice; each day needs one row.
error-counted-days-below-zero = The column { $column } has { COUNT($bad) } of { COUNT($rows) } values below 0; days start at 0.
error-counted-lapses-outside-leaving = The column { $column } has { COUNT($bad) } of { COUNT($rows) } values outside 0 to the number leaving on that day.

## Columns of a model

error-no-covariate-named = No covariate is named; a model needs at least one column.
error-covariate-of-one-number = The column { $column } is constant ({ SHORT($level) } for everybody); leave it out.
error-covariate-of-one-level = The column { $column } is constant ({ $level } for everybody); leave it out.
error-covariate-dependent = The column { $column } follows from the columns before it ({ PLAIN($before) }{ $more ->
        [0] {""}
       *[other] {" and "}{ COUNT($more) } more
    }); leave one of them out.
error-covariate-not-finite = The column { $column } has { COUNT($bad) } of { COUNT($rows) } values missing or infinite; fill them in, leave those rows out, or turn the column into categories.
error-design-not-finite = The column { $column } has { COUNT($bad) } of { COUNT($rows) } values missing or infinite.
error-design-size = The design has { COUNT($found) } rows; expected { COUNT($rows) } rows.

## Settings of estimators

error-confidence-outside-range = confidence is { SHORT($confidence) }; it must lie between 0 and 1, for example 0.95.
error-conf-type-unknown = conf_type is { QUOTED($conf_type) }; choose log-log, log or plain.
error-horizon-not-above-zero = The horizon is { SHORT($horizon) }; it must be above 0.
error-horizon-past-follow-up = The horizon is { SHORT($horizon) }, but nobody is followed past { SHORT($last) } in one of the arms; choose a horizon of at most { SHORT($last) }.
error-horizons-differ = The restricted means run over { SHORT($first) } and { SHORT($second) } days; use one horizon for both.
error-day-past-follow-up = Day { SHORT($day) } lies outside 0 to { SHORT($last) }, where both arms are followed.

## Log-rank tests

error-logrank-group-size = The group has { COUNT($labels) } values for { COUNT($rows) } rows.
error-logrank-one-arm = A log-rank test compares arms, but there is only one; name a group with two or more.
error-logrank-no-event = No event happens while two arms are at risk, so the log-rank test has nothing to compare; a longer log or larger arms are needed.
error-always-valid-levels = alpha is { SHORT($alpha) } and tuning { SHORT($tuning) }; alpha lies between 0 and 1, tuning above 0.
error-always-valid-score = O - E is { SHORT($observed_minus_expected) } and V { SHORT($variance) }; both must be finite and V 0 or more.
error-always-valid-no-event = No event happens while two arms are at risk, so the always-valid test has nothing to compare.

## Size of a study

error-hazard-ratio-not-testable = The hazard ratio is { SHORT($hazard_ratio) }; it must be above 0 and differ from 1.
error-share-of-arm-outside-range = The share of users in one arm is { SHORT($share) }; it must lie between 0 and 1.
error-no-difference-to-show = The difference to be shown is 0, which no number of users can show; give another.
error-power-outside-range = Power is { SHORT($power) } and alpha { SHORT($alpha) }; both must lie between 0 and 1.

## E-values

error-hazard-ratio-not-above-zero = The hazard ratio is { SHORT($hazard_ratio) }; it must be above 0.
note-e-value = To explain the hazard ratio of { FIGURE($hazard_ratio, digits: 2) } away, an unmeasured cause of both being in the arm and lapsing would need a risk ratio of { FIGURE($estimate, digits: 2) } with each; { FIGURE($limit, digits: 2) } would move the interval to 1 (E-value).
note-e-value-nothing-to-explain = The interval of the hazard ratio ({ LIMITS($lower, $upper, digits: 2) }) holds 1: there is nothing to explain away.

## Competing causes

error-no-cause-observed = Nobody is struck by any cause, so there is no cumulative incidence; all rows are censored.
error-cause-without-name = The cause { $cause } has no name; known are 0 (censored) and {"["}{ PLAIN($known) }].

## Cox models

error-cox-ties-unknown = ties is { QUOTED($ties) }; choose efron or breslow.
error-cox-design-empty = The design has no column; a Cox model needs at least one.
error-cox-no-event = No event is observed, so a Cox model has nothing to fit; a longer log is needed.
error-cox-labels-incomplete = Strata or clusters have { COUNT($labels) } values, { COUNT($missing) } of them missing, for { COUNT($rows) } rows; each row needs one.
error-cox-column-redundant = The column { $column } is constant among the users at risk, or follows from the other columns; leave it out.
error-cox-column-orders-events = The column { $column } orders the events perfectly (its coefficient grows without end), so no hazard ratio exists; merge its rare levels or leave it out.
error-adjustment-level-of-one-arm = All { COUNT($users) } users with { $attribute } { $level } are in { $arm ->
        [1] the arm that is compared
       *[other] the arm that it is compared with
    }, so they have no counterpart in the other one.
    .advice = Set retention.estimand to 'overlap', which compares the users whom both arms could have served; or merge the levels of { $attribute }, or leave it out.
error-adjustment-nobody-served-by-both = Of { COUNT($users) } users none is of a kind that both arms served, so nothing can be compared.
    .advice = Leave out the attribute that tells the arms apart.
error-cox-column-unknown = The Cox model has no column { QUOTED($column) }; it has { PLAIN($known) }.
error-cox-columns-lacking = The rows lack { PLAIN($missing) }; the model needs { PLAIN($known) }.
error-cox-stratum-unknown = Stratum { QUOTED($stratum) } is not one of { PLAIN($known) }; name one of them.
error-cox-stratum-not-named = No stratum is named; name one of { PLAIN($known) }.
error-no-comparable-pair = No two users can be compared, so there is no concordance; more events are needed.
error-transform-unknown = transform is { QUOTED($transform) }; choose km, identity, rank or log.
error-transform-log-of-zero = transform log needs durations above 0, but { COUNT($zeros) } are 0; choose km, identity or rank.
error-events-at-one-time = All events share one time, so proportional hazards cannot be tested.

## Events that come back

error-recurrent-no-event = No event is observed in these rows, so there is no mean number of events.
error-recurrent-user-not-named = { COUNT($named) } of { COUNT($rows) } rows name their user; each row needs one.
error-recurrent-intervals-overlap = { COUNT($overlaps) } intervals overlap with the one before, for example of user { $user }; a user must be followed once at a time.

## Weibull models

error-weibull-no-event = No event is observed, so a Weibull model has nothing to fit; a longer log is needed.
error-weibull-one-time = All events happen at { SHORT($time) }, so there is no spread for a Weibull model to fit.
error-weibull-column-redundant = The column { $column } is constant, or follows from the other columns; leave it out.
error-weibull-no-convergence = The Weibull model does not converge: the durations of events hardly vary.
error-weibull-column-separates = The Weibull model does not converge: the column { $column } tells users with events from users without any, so its time ratio grows without end; merge its rare levels or leave it out.
error-weibull-time-ratio-too-far = The time ratio of { $column } is too far from 1 to be written; give the column in a unit of another size.

## Adjustment

error-adjustment-sizes = The arm has { COUNT($labels) } values and the covariates { COUNT($covariates) } rows for { COUNT($users) } users; each user needs one.
error-adjustment-arm-too-small = A contrast needs two users or more in arm 0 and in arm 1; found { COUNT($reference_users) } and { COUNT($arm_users) } among { COUNT($users) } users.
error-adjustment-resamples = resamples is { SHORT($resamples) }; a bootstrap standard error needs 2 or more, usually 200.
error-adjustment-past-follow-up = The horizon is { SHORT($horizon) } and the day { SHORT($day) }; both arms are followed to { SHORT($last) }, so choose at most { SHORT($last) }.
error-adjustment-arms-separated = The column { $column } tells the two arms apart perfectly for some users, so they have no counterpart in the other arm; merge its rare levels or leave it out.
