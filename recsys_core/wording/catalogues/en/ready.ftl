### A ready survival table: what is refused, what is left out, and what its checks say.

## What is refused

error-ready-no-complete-row = No row of { COUNT($rows) } has a value in each of { PLAIN($columns) }.
error-ready-columns-missing = The table has no column { PLAIN($missing) }; it has { PLAIN($known) }.
error-ready-group-is-strata = { $column } is both group and strata; compare by it, or stratify by it.
error-ready-time-below-zero = Times to report must be numbers of 0 or more; found { SHORT($time) }.
error-ready-recurrent-without-intervals = Recurrent events need intervals of users: name the columns of entry and of cluster (users).
error-ready-too-many-arms = The column { $column } has { COUNT($arms) } values; at most { COUNT($most) } arms can be compared.
    .advice = Choose a column with fewer values, or use it as strata.
error-ready-arm-without-weight = Every weight of { $arm } is 0 in the column { $column }; leave those rows out.
error-ready-arm-not-followed = Every duration of { $group } { $arm } is 0 in the column { $column }, so nobody is followed and there is no curve to draw; check the durations, or leave those rows out.
error-ready-table-not-followed = Every duration of the table is 0 in the column { $column }, so nobody is followed and there is no curve to draw; check the durations, or leave those rows out.
error-ready-event-without-cause = The column { $column } gives no cause for { COUNT($lacking) } of { COUNT($events) } events; name one.
error-ready-no-cause = The column { $column } names no cause: all of its { COUNT($rows) } rows are censored.
error-ready-too-many-causes = The column { $column } names { COUNT($causes) } causes; at most { COUNT($most) } can be told apart.
error-ready-event-unreadable = The column { $column } holds { PLAIN($levels) }; write 1 (or true) for an event and 0 (or false) for censored.
error-ready-not-numbers = The column { $column } has { COUNT($bad) } of { COUNT($rows) } values that are not numbers, for example { QUOTED($example) }.
error-ready-one-arm-complete = Only { $arm } of { $group } has rows with all covariates, so arms cannot be compared.
error-ready-no-event = No event is observed in the column { $column } (0 of { COUNT($rows) } rows), so a Cox model has nothing to fit; a longer log is needed.
error-ready-one-cluster = The column { $column } holds one cluster only; robust errors need two or more, better 30.
error-ready-weibull-strata = it takes no strata; leave out { $column } or name it a covariate.

## Rows left out

exclusion-ready-no-value = no value in { $column }
exclusion-ready-no-value-for-models = no value in { $column } (left out of the models that use it)

## Notes

note-weibull-zero-durations = { COUNT($zeros) } { $zeros ->
        [one] duration
       *[other] durations
    } of 0 counted as half a day.

## Checks

check-ready-proportional-hazards = proportional hazards
check-ready-proportional-hazards-tested =
    .short = p = { SHORT($p, digits: 3) }
    .detail = The score test of proportional hazards gives p = { SHORT($p, digits: 3) }: { $status ->
        [pass] hazard ratios may be read
       *[other] read restricted means, not hazard ratios
    }.
check-ready-proportional-hazards-not-tested =
    .short = not tested
    .detail = { $reason }
check-ready-cox-model = Cox model
    .short = none
    .detail = No Cox model of { PLAIN($columns) }: { $reason }
check-ready-logrank = log-rank
    .short = none
    .detail = No log-rank test of { PLAIN($arms) }: { $reason }
check-ready-hazard-ratio = hazard ratio
check-ready-hazard-ratio-refused =
    .short = none
    .detail = No hazard ratio of { $arm } to { $reference }: { $reason }
check-ready-hazard-ratio-arm-without-events =
    .short = none
    .detail = No event is observed in { $group } { PLAIN($arms) }: it has no hazard ratio, and no Cox model is fitted; read the restricted means, or follow it longer.
check-ready-adjustment = adjustment
check-ready-adjustment-refused =
    .short = none
    .detail = { $arm } and { $reference } are not adjusted: { $reason }
check-ready-adjustment-columns-not-taken =
    .short = none
    .detail = { $arm } and { $reference } are not adjusted: entry, weights or cluster are given, which the standardised contrasts do not take.
check-ready-clusters = clusters
    .short = only { COUNT($clusters) }
    .detail = { $column } holds { COUNT($clusters) } clusters. With so few, robust errors are too small; 30 or more are better.
check-ready-competing = competing
check-ready-competing-rows-independent =
    .short = rows
    .detail = Standard errors of cumulative incidence take the rows as independent.
check-ready-competing-no-cause =
    .short = no cause
    .detail = Nobody of { $arm } is struck by any cause, so it has no cumulative incidence.
check-ready-recurrent = recurrent
    .short = no event
    .detail = No event of { $arm } is observed, so it has no mean number of events.
check-ready-aft = aft
check-ready-aft-refused =
    .short = none
    .detail = No Weibull model: { $reason }
check-ready-aft-zero-durations =
    .short = { COUNT($zeros) } { $zeros ->
        [one] zero
       *[other] zeros
    }
    .detail = { COUNT($zeros) } { $zeros ->
        [one] duration
       *[other] durations
    } of 0 counted as half a day. A Weibull time is above 0.
check-ready-follow-up = follow-up
    .short = too short
    .detail = Nobody in { PLAIN($arms) } is followed to the last times asked for, which are left out.
check-ready-arms = arms
    .short = one arm
    .detail = The column { $column } holds one arm only, { $arm }, so there is nothing to compare.
check-ready-events = events
    .short = no events
    .detail = No event is observed in { PLAIN($arms) } (column { $column }); a longer log is needed.
