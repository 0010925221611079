### What if part of one arm's users were served by another.

error-rollout-of-affinity-cohorts = Affinity cohorts cannot be moved: nobody was served by these models, and the cohorts' curves differ by activity, so a mixture of them would promise what no model did.
    .advice = Compare by the logged recommender, or by a user attribute.
error-rollout-without-arms = A rollout moves users from one arm to another, and this data set has one curve.
    .advice = Import a log with a recommender column, or compare by a user attribute.
error-rollout-arm-unknown = There is no arm { QUOTED($arm) }. The arms are: { PLAIN($arms) }.
error-rollout-to-the-same-arm = Users of { QUOTED($arm) } cannot move to { QUOTED($arm) }.
    .advice = Choose two different arms.
error-rollout-day-past-follow-up = scenario.day is { DAY($day) }, but both arms are followed for { DAY($last) } days only.
    .advice = Choose { DAY($last) } or less.

## The verdict

rollout-moving = Moving { PERCENT($share, digits: 0) } of { $source } users to { $target }
rollout-of-thousand = about { COUNT($users) } { $more ->
        [yes] more
       *[no] fewer
    } of every 1,000 at day { DAY($day) }.
verdict-rollout-effect = { rollout-moving } would keep { rollout-of-thousand }
    .title = Estimated effect, randomised arms, unadjusted
verdict-rollout-no-clear-effect = { rollout-moving } would keep { rollout-of-thousand }
    .title = No clear effect, unadjusted
verdict-rollout-association = { rollout-moving } is associated with keeping { rollout-of-thousand }
    .title = Association, unadjusted
verdict-rollout-no-clear-association = { rollout-moving } is associated with keeping { rollout-of-thousand }
    .title = No clear effect, association, unadjusted
verdict-rollout-blocked = Nothing is said of moving { $source } users to { $target }: a check of the retention study failed.
    .title = No answer: a check failed
verdict-rollout-few = Too few users or lapses to say anything of moving { $source } users to { $target }.
    .title = Too few to say
verdict-rollout-pending = The verdict on the arms comes first.
    .title = Deciding
rollout-not-told-apart = The verdict does not tell { $source } and { $target } apart, or not in this direction: the figures describe curves under the fixed gap, in which pace and leaving run together.
rollout-interval = { $corrected ->
        [yes] Interval corrected for all pairs of arms and looks
       *[no] 95 % interval
    } { LIMITS($lower, $upper, digits: 0) }, from { COUNT($resamples) } resamples of users.
rollout-days = Over { DAY($horizon) } days: { FIGURE($estimate, digits: 0, sign: 1) } kept days ({ LIMITS($lower, $upper, digits: 0) }) per 1,000 users.
rollout-days-and-value = Over { DAY($horizon) } days: { FIGURE($estimate, digits: 0, sign: 1) } kept days ({ LIMITS($lower, $upper, digits: 0) }) per 1,000 users, worth { FIGURE($value, digits: 0, sign: 1) } ({ LIMITS($value_lower, $value_upper, digits: 0) }).

## Figures per 1,000 users

title-rollout = More users kept at day { DAY($day) }, per 1,000
rollout-users-kept = users kept at day { DAY($day) }
rollout-days-kept = days kept in { DAY($horizon) }
rollout-value = value in { DAY($horizon) } days

## Checks

check-rollout-retention = { $called }
    .short = { $in_short }
    .detail = On the retention page: { $in_full }
check-rollout-inside-data = Inside the data
check-rollout-inside-data-enough-at-risk =
    .short = { COUNT($at_risk) } at risk
    .detail = Both arms still have { COUNT($at_risk) } or more users at risk on day { DAY($day) }. Beyond day { DAY($last) } the answer is refused.
check-rollout-inside-data-few-at-risk =
    .short = { COUNT($at_risk) } at risk
    .detail = Only { COUNT($at_risk) } users of one arm are at risk on day { DAY($day) }. Choose day { DAY($last) } or earlier.
check-rollout-assignment = Assignment
check-rollout-assignment-random =
    .short = at random
    .detail = Arms were assigned at random, so their users are alike.
check-rollout-assignment-not-random =
    .short = not random
    .detail = Users were not assigned at random, and nothing is adjusted for: the arms' users may differ.
check-rollout-own-curves = Own curves
    .short = no hazard ratio
    .detail = The scenario mixes the arms' own curves; it does not need hazards to be proportional. They count a long gap as leaving, so that a difference of pace is in these figures too.
check-rollout-new-users = New users only
    .short = first exposure
    .detail = Arms were fixed at the first exposure. Users who have had { $source } for months may react differently.

## On the page and in figures

rollout-axis = { $source } users moved to { $target }
rollout-share-moved = { PERCENT($share, digits: 0) } moved
rollout-ruler = more users kept per 1,000, day { DAY($day) }
rollout-ruler-fewer = fewer
rollout-ruler-more = more
note-rollout-against-share = Against the share of users moved. The band is the 95 % interval; the bar is the scenario at left.
note-rollout-from-curves = From the two arms' own curves; nothing is adjusted for.
