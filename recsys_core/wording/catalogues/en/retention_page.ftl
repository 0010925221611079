### The retention page: the rail, the layers, the findings of folded blocks, and the block about pace.

## The rail

rail-name = Summary and parts of the page
rail-waiting = Comparing the arms
rail-users = users counted
rail-gap = gap
rail-gap-days = { DAY($days) } days
rail-horizon = horizon
rail-answer = Answer
rail-real = Is it real?
rail-everything = Everything
rail-winner = keeps users { DAYS($days) } days longer
rail-one-curve = One curve
rail-single = { DAYS($days) } of { DAY($horizon) } days kept
rail-blocked = No verdict
rail-blocked-by = { $check } failed
rail-pair = { $arm } and { $reference }

## Layers

progress-reaching-verdict = Comparing the arms
layer-real = Is it real?
layer-real-note = What could make the answer wrong, and whether the difference survives it.
layer-everything = Everything
layer-everything-note = Each line is a finding; open it for the picture and the figures.
note-counted = { $reasons ->
        [0] **{ COUNT($users) } users** are counted; nobody is left out.
       *[other] **{ COUNT($users) } of { COUNT($all_users) } users** are counted. Left out: { LIST($left_out, join: "; ") }.
    }
note-triangle-scale = Lightest cell { PERCENT($low, digits: 0) }, darkest { PERCENT($high, digits: 0) }.

## What folded blocks found

fold-share = { PERCENT($share) }
fold-difference = When does the difference open? Widest on day { DAY($day) }: { POINTS($points, sign: 1) } points
fold-hazard = Is it the same ratio on all days? { $changes ->
        [yes] It changes with time ({ P($p) })
       *[no] It may be ({ P($p) })
    }
fold-hazard-missing = Is it the same ratio on all days? There is no Cox model
fold-plan = To see { FIGURE($points, digits: 0) } { $points ->
        [1] point
       *[other] points
    }: about { ABOUT($users) } users per arm
fold-day-n = Back on day { DAY($day) }: { LIST($shares) }
fold-day-n-unknown = Back on day N: not followed long enough
fold-start-weeks = Week by week: { PERCENT($first, digits: 0) } active in week 1, { PERCENT($last, digits: 0) } in week { COUNT($weeks) }
fold-start-weeks-unknown = Week by week: no start week is followed yet
fold-return-time = { $same ->
        [yes] Half come back within { FIGURE($low, digits: 0) } { $low ->
            [1] day
           *[other] days
        }
       *[no] Half come back within { FIGURE($low, digits: 0) } to { FIGURE($high, digits: 0) } days
    }
fold-return-time-unknown = Fewer than half come back
fold-active-users = { COUNT($users) } users active in the log's last { $days ->
        [1] day
       *[other] { DAY($days) } days
    }{ $known ->
        [yes] , { PERCENT($share, digits: 0) } of them on its last day
       *[no] {""}
    }
fold-lifecycle = Last week: { COUNT($new) } new, { COUNT($back) } back after a pause, { COUNT($quiet) } gone quiet
fold-returns = Back within { DAY($days) } days of a lapse: { LIST($shares) }
fold-returns-unknown = Back after a lapse: not followed long enough
fold-gap = Why { DAY($gap) } days mean goodbye: { PERCENT($sooner, digits: 0) } of returns come sooner, { PERCENT($share, digits: 0) } of lapses still end in one
fold-gap-unknown = Why { DAY($gap) } days mean goodbye: no gap ever closed
fold-ranking-not-said = Ranking and staying: how they go together cannot be said
fold-ranking = Ranking and staying: { $found }
fold-counted = How this was counted: { COUNT($users) } users, gap { DAY($gap) } days, horizon { DAY($horizon) } days

## The gap

gap-slider = Gap to try, days
gap-use = Use this gap
gap-tried = With a gap of **{ DAY($gap) } days**, { $lapses ->
        [0] lapses were not counted.
       *[other] about **{ COUNT($lapses) } lapses** are declared, first and later ones.
    } **{ PERCENT($false_share) }** of them are false: the user comes back later. Of all returns, { PERCENT($later) } come only after such a gap.
gap-tried-in-use = That is the gap in use.

## Pace

pace-title = Do they leave, or do they only come less often?
pace-note = Difference in days engaged, arm minus reference, with 95 % limits: by the life model over { DAY($horizon) } days, and pace-matched. A winner needs both. Beside them the days kept under the study's own gap, which takes a slower pace for leaving.
pace-weighted = Users are weighted by { LIST($by) }.
pace-row-matched = pace-matched, G = { DAY($gap) }, { DAY($days) } days
pace-row-apart = a life model for each arm
pace-row-fixed-gap = the study's own gap
pace-not-applied = not applied
pace-why-not = { $pair }: { $why }
pace-sentence = { $differs ->
        [yes] Pace differs: while they come, users of { $arm } visit { FIGURE($ratio, digits: 2) } times for one visit of those of { $reference } ({ LIMITS($lower, $upper, digits: 2) }), { P($p) }.
       *[no] Pace is about the same: while they come, users of { $arm } visit { FIGURE($ratio, digits: 2) } times for one visit of those of { $reference } ({ LIMITS($lower, $upper, digits: 2) }), { P($p) }.
    }
alt-pace = Differences in days engaged by the life model and pace-matched, with intervals
best-is = is the best
best-is-not = is not the best
best-may-be = may be the best
ruler-longer = { $arm } longer
ruler-engaged = days engaged, { $arm } minus { $reference }
computed-pace = Life model: visits at a rate of each user's own until a dropout in time; arms may differ in the place and the spread of the rates, in how pace moves with time since the start, and in the hazard of dropping out. A life model for each arm, which shares nothing, stands beside it and decides nothing. Pace-matched: visits of the faster arm thinned to the pace of the slower on each day since the start, then the restricted mean under a gap of { DAY($gap) } days over { DAY($days) } days. Pace: share of days with a visit inside each user's own span of visits, Mann-Whitney. Comparison with the best: simultaneous limits (Hsu).

## Under a layer

foot-computed = How this was computed
foot-files = Figures as CSV:
foot-for-all = For all of them

## Above folded blocks

note-day-n = Per cent of users active again, by days since the start, with 95 % interval and the users it is a share of. A dash: not followed long enough, which is not zero.
note-start-weeks = Per cent of each week's starters active again, by start week. Grey: not followed long enough, which is not zero.
note-return-time = Days from an active day to the next, and per cent of active days followed by another within so many days.
note-active-users = **Active users** in a day, in 7 days, and in 30 days up to it.
note-stickiness = **Stickiness**: users of a day, per cent of users in the 30 days up to it (DAU / MAU).
note-lifecycle = Users by lifecycle states, week by week. Below the line: those who went quiet.
