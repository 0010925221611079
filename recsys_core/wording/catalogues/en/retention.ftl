### Retention: who is counted, the arms and their contrasts, checks, verdict, definitions.

## Cohorts and settings that this data set refuses

error-no-recommender-in-log = The log names no recommender, so there are no arms to compare.
    .advice = Import it with the column that says which recommender served an event, or compare by a user attribute.
error-cohort-looks-ahead = Cohort { QUOTED($cohort) } is refused: it uses what users did after their first exposure, which makes those who stay look better.
    .advice = Use 'recommender', the arm at first exposure.
error-cohort-unknown = There is no cohort { QUOTED($cohort) } in this data set. Allowed are: { PLAIN($known) }.
error-time-varying-arm-needs-recommender = retention.time_varying_arm follows the logged recommender, but users are compared by { QUOTED($cohort) }.
    .advice = Set retention.cohort to 'recommender', or switch retention.time_varying_arm off.
error-log-end-no-date = retention.log_end is { QUOTED($value) }; write it as 2026-08-27 or 2026-08-27T18:00:00Z, in UTC.
error-log-end-before-log = retention.log_end is { QUOTED($value) }, before the log's first event on { DAY_STAMP($first_time) }.
error-missing-days-no-date = retention.missing_days holds { QUOTED($value) }, which is no date and no range of dates.
    .advice = Write dates as 2026-03-11, and ranges as 2026-03-11..2026-03-19 with the earlier date first.
error-missing-days-too-many = retention.missing_days holds { COUNT($runs) } separate runs of days; at most { COUNT($most) } can be left out.
    .advice = Give ranges in place of single dates, or end the log earlier.
error-time-zone-unknown = retention.time_zone is { QUOTED($value) }, which is no IANA name.
    .advice = Write it like Europe/Paris or UTC.
error-too-many-arms = There are { COUNT($arms) } arms; at most { COUNT($most) } can be compared.
    .advice = Choose an attribute with fewer values.
error-arm-not-followed = { COUNT($lapses) } of the { COUNT($users) } users of { $arm } lapsed at their start and none is followed for a day, so there is no curve to draw.
    .advice = Bring a longer log, choose a shorter gap, or count more events as coming back; a misspelt arm is mended in the log.
error-report-day-past-follow-up = retention.report_day is { DAY($day) }, but an arm is followed for { DAY($last) } days only.
    .advice = Choose { DAY($last) } or less.
error-no-user-judged = No user can be judged: { $left_out ->
        [0] there is no activity
       *[other] { LIST($reasons, join: "; ") }
    }. The log spans { FIGURE($log_days, digits: 1) } days, and a lapse shows only after a gap of more than { DAY($gap) } days.
    .advice = Bring a log of { DAY($needed) } days or more, or choose a shorter gap.
excluded-users = { COUNT($users) } { $reason }
error-covariate-unknown = There is no user attribute { QUOTED($attribute) } to adjust for. Known at first exposure are: { PLAIN($known) }.
error-covariate-hindsight = Attribute { QUOTED($attribute) } was not known at the start of a user's clock: { $event ->
        [events] it follows how many events came after
        [active-days] it follows on how many days the user was active after
        [last-activity] it follows when the user was last active
        [life] it follows how long the user stayed active
       *[later-date] { PERCENT($strength, digits: 0) } of users hold a moment after it
    }{ $event ->
        [later-date] {""}
       *[other] { $words ->
            [yes] , which tells the users with { $level } from the others
           *[no] {""}
        } (rank correlation { FIGURE($strength, digits: 2) })
    }. Who is compared by it is compared by the outcome.
    .advice = Take it out of { $setting }; bring what was known before, such as activity before the start.
hindsight-attribute = { $attribute } follows { $event ->
        [events] how many events came after a user's start
        [active-days] on how many days a user was active after the start
        [last-activity] when a user was last active
        [life] how long a user stayed active
       *[later-date] later moments: { PERCENT($strength, digits: 0) } of users hold one after their start
    }, so it was not known then
error-covariate-too-many-levels = Attribute { QUOTED($attribute) } has { COUNT($levels) } different values; at most { COUNT($most) } can be adjusted for.
    .advice = Group it into fewer values, or leave it out.
error-horizon-past-arms = The horizon is { DAY($horizon) }, but { $arm } and { $reference } are followed for { DAY($last) } days.
error-expected-shares-off = retention.expected_shares is { QUOTED($given) }; give each arm its planned share, as in { $example }.

error-life-model-not-identified = The life model cannot be fitted: too few users come back for pace and leaving to be told apart.
    .advice = Bring a longer log or more users, or count more events as coming back.
error-pace-not-judged = { COUNT($users) } users of { $arm } are seen over { COUNT($span) } days or more; pace takes { COUNT($least) }.
    .advice = Bring a longer log or more users, or count more events as coming back.
error-pace-too-far-apart = Users of the arms visit at paces so far apart ({ FIGURE($ratio, digits: 2) } times) that they cannot be matched.
    .advice = Look at what an event is in either arm.
error-pace-not-matched = Hiding visits of the faster arm does not bring the paces of the arms together.
    .advice = Look at what an event is in either arm.
matched-log-too-short = the log is too short to follow users past a gap of { DAY($gap) } days
error-looks-outside-range = Looks must be 1 or more and the level between 0 and 1; they are { $looks } and { FIGURE($alpha, digits: 2) }.

## Affinity cohorts

error-affinity-split-leaks = Models were split by { QUOTED($method) }, so they may have learnt from what users did next.
    .advice = Whether ranking goes with staying needs models that learnt before one moment: set split.method to 'global-time'.
error-affinity-needs-two-models = retention.models names { $named ->
        [0] none
       *[other] { PLAIN($models) }
    }; affinity cohorts contrast exactly two different models, as in bi-encoder, item-knn.
    .advice = For more models, compare them pair by pair.
error-affinity-models-not-alike = { $first } and { $second } were not judged on the same users and items.
    .advice = Train both again with one split.
error-affinity-models-not-trained = Affinity cohorts need { $first } and { $second }, trained on the log before one split.
    .advice = Train the two models first.
error-affinity-split-too-early = The split on { DATE($split) } leaves { PERCENT($learnt, digits: 0) } of the log to learn from; affinity cohorts need { PERCENT($needed, digits: 0) }.
    .advice = Leave split.test_from empty, or choose a later moment.
error-affinity-split-too-late = The split on { DATE($split) } leaves { FIGURE($left, digits: 1) } days of log; affinity cohorts need { DAY($landmark_days) } of landmark window, { DAY($gap) } of gap and 1 to follow users over.
    .advice = Choose an earlier split.test_from or leave it empty, shorten retention.landmark_days, or bring a longer log.
error-affinity-log-too-short = The log of { FIGURE($days, digits: 0) } days is too short for affinity cohorts with a landmark window of { DAY($landmark_days) } days and a gap of { DAY($gap) } days: it takes at least { DAY($needed) } days, so that models learn from { PERCENT($learnt, digits: 0) } of it and users are followed for { DAY($followed) } days.
    .advice = Bring a longer log, or shorten retention.landmark_days or retention.inactivity_days.
error-split-no-date = split.test_from is { QUOTED($value) }; write it as 2026-08-27 or 2026-08-27T18:00:00Z, in UTC.
error-split-outside-log = split.test_from is { QUOTED($value) }, outside the log, which runs from { DATE($first_time) } to { DATE($last_time) }.

## Who is left out

exclusion-never-exposed = never met a recommender that the log names
exclusion-not-concurrent = started while not all arms were offered
exclusion-after-landmark = first seen after the landmark
exclusion-switched = met another arm later
exclusion-too-late = came too late to be judged
exclusion-small-arm = in an arm of fewer than { COUNT($smallest) } users { $lapses ->
        [0] {""}
       *[other] or { COUNT($lapses) } lapses { "" }
    }({ PLAIN($arms) })
exclusion-no-value = no value of { $attribute }
exclusion-burn-in = first seen during the burn-in, so perhaps old users
exclusion-quiet-at-landmark = not active in the { DAY($gap) } days before the landmark
exclusion-no-new-item = took no new item in the landmark window (neither)
exclusion-ranked-alike = had new items that the models ranked alike (both)

## Checks

check-sample-ratio = Sample ratio
    .short = { P($p) }
    .detail = Expected { COUNTS($planned) } users, found { NAMED($users, $arms) } ({ P($p) }). { $status ->
        [pass] {""}
       *[other] Users may have been lost after assignment in one arm. If the plan was not equal shares, state it in the settings; if assignment was not random, say so there.
    }
check-concurrency = Same time
check-concurrency-together =
    .short = same weeks
    .detail = The arms were offered over the same weeks ({ P($p) }).
check-concurrency-restricted =
    .short = { DATE($first) } on
    .detail = The arms were not offered over the same weeks ({ P($p) }). Only users who started { DATE($first) } to { DATE($last) }, when each could have met any arm, are compared.
check-concurrency-uneven =
    .short = weighted by week
    .detail = The share of each arm changes from week to week ({ P($p) }). { $cut ->
        [yes] Only users who started { DATE($first) } to { DATE($last) } are compared, and what decides weighs them so that the arms are alike in start weeks.
       *[no] What decides weighs users so that the arms are alike in start weeks.
    } The curves are not weighted.
check-concurrency-never =
    .short = never together
    .detail = There is no week in which all arms were offered ({ P($p) }), so that users of one arm cannot be told from users of another time. Offer the arms side by side.
check-start = Start
check-start-same =
    .short = same
    .detail = When a user started says nothing that is seen here about how long they stay ({ P($p) }), as curves take it: users who started late are followed for a short time.
check-start-drifts =
    .short = drifts
    .detail = Users who started a month later leave { FIGURE($per_month, digits: 2) } times as fast ({ P($p) }), and curves take it that the start says nothing. { $users ->
        [0] Nobody could be followed to day { DAY($horizon) } to show what that does.
       *[other] Of the { COUNT($users) } users who could be followed to day { DAY($horizon) }, the mean is { DAYS($kept) } days kept; the curves give { DAYS($curve) } for all. Levels hang on this; differences between arms that were offered side by side do so less.
    }
check-start-arms-differ =
    .short = arms differ by start
    .detail = The difference between the arms changes with the week in which users started ({ P($p_arms) }): what the verdict says is an average over these weeks. Look at the arms by start week.
check-balance = Balance
check-balance-assigned =
    .short = { P($p) }
    .detail = { $status ->
        [pass] Arms are about as alike in what was known at first exposure as random assignment makes them
        [warn] Arms are less alike in what was known at first exposure than random assignment makes them
       *[fail] Arms differ in what was known at first exposure, as random assignment never makes them
    }: { LIST($attributes) }, { COUNT($users) } users, { P($p) }. { $status ->
        [pass] {""}
       *[other] They differ most in { $term } ({ FIGURE($smd, digits: 2) } standard deviations). Either assignment was not what it claims, or { $term } was not known at first exposure: mend the assignment or the table of users; if arms were not assigned at random, say so in the settings and adjust for { $term }.
    } { $hindsight ->
        [0] {""}
       *[other] Not looked at: { LIST($left_out, join: "; ") }.
    }
check-balance-adjusted =
    .short = SMD { BARE($smd_before) }
    .detail = Largest difference between arms before adjustment: { FIGURE($smd_before, digits: 2) }, in { $of ->
        [mean] the mean
        [square] the spread
       *[distribution] the distribution
    } of { $term }; after weighting { FIGURE($smd_after, digits: 2) }. Most that weighting leaves: { FIGURE($left, digits: 2) }, in { $left_of ->
        [mean] the mean
        [square] the spread
       *[distribution] the distribution
    } of { $left_term }. { $overlap ->
        [yes] Weighted are the users whom both arms could have served.
       *[no] {""}
    } { $status ->
        [pass] Arms look alike.
       *[other] { $cohort_kind ->
            [affinity] The cohorts differ in activity: read the adjusted contrasts.
           *[other] Arms differ in who they serve: read the adjusted contrasts.
        }
    }
check-overlap = Overlap
    .short = effective { PERCENT($effective, digits: 0) }
    .detail = The probability of an arm given the attributes runs from { FIGURE($least, digits: 2) } to { FIGURE($most, digits: 2) }; weighting leaves { PERCENT($effective, digits: 0) } of the sample in effect. { $overlap ->
        [yes] Compared are the users whom both arms could have served.
       *[no] {""}
    } { $status ->
        [pass] {""}
       *[other] Some kinds of users were hardly ever served by one arm; adjusted figures lean on few of them.
    }
check-follow-up = Follow-up
check-follow-up-enough =
    .short = { COUNT($at_risk) } at day { DAY($day) }
    .detail = Every arm still has { COUNT($at_risk) } users or more at risk on day { DAY($day) }.
check-follow-up-few-users =
    .short = fewer than 10 users
    .detail = { $arm } has { COUNT($users) } users; nothing can be claimed from fewer than 10.
check-follow-up-few-after-day =
    .short = fewer than 10 after day { DAY($last) }
    .detail = Fewer than { COUNT($least) } users are at risk in some arm after day { DAY($last) }; nothing is claimed beyond. Choose a horizon of { DAY($horizon) } days or less, or bring a longer log.
check-log-integrity = Log
check-log-integrity-whole =
    .short = no hole seen
    .detail = The events of every day are about as many as its weekday and the days around it let expect.
check-log-integrity-broken =
    .short = { $found ->
        [one] 1 doubt
       *[other] { COUNT($found) } doubts
    }
    .detail = { LIST($findings, join: " ", last: "") }
integrity-outage = { $one_day ->
        [yes] On { DATE($first) }
       *[no] From { DATE($first) } to { DATE($last) }
    } (almost) nothing was recorded. { $effect }{ $proposal }
integrity-half-delivered = { $one_day ->
        [yes] On { DATE($first) }
       *[no] From { DATE($first) } to { DATE($last) }
    } only { PERCENT($share, digits: 0) } of what was to be expected was recorded. { $effect }{ $proposal }
integrity-late-delivery = From { DATE($first) } on, to the log's end, only { PERCENT($share, digits: 0) } of what was to be expected is there: the last days may not have arrived. { $effect }{ $proposal }
integrity-arm-broken = { $one_day ->
        [yes] On { DATE($first) }
       *[no] From { DATE($first) } to { DATE($last) }
    } only { PERCENT($share, digits: 0) } of what was to be expected was recorded of users of { $arm }, while others went on. { $effect }{ $proposal }
integrity-clock = Between { DATE($first) } and { DATE($last) } what is missing on one day lies on the next: a clock seems to have jumped. { $effect }{ $proposal }
integrity-one-day = { DATE($first) } holds { PERCENT($share, digits: 0) } of all events. { $effect }{ $proposal }
integrity-one-second = { PERCENT($share, digits: 0) } of all events bear one second, on { DATE($first) }. { $effect }{ $proposal }
integrity-one-time-of-day = { PERCENT($share, digits: 0) } of all events bear one time of day, as where dates stand among times. { $effect }{ $proposal }
integrity-effect = The silence of { COUNT($lapses) } lapses lies over them, where { ABOUT($expected) } were to be expected.{ " " }
integrity-end-log = Set retention.log_end to the day before { DATE($first) }, or bring the days in full.
integrity-leave-out = Set retention.missing_days to { DAY_STAMP($first) }{ $one_day ->
        [yes] {""}
       *[no] ..{ DAY_STAMP($last) }
    }, so that they make no gap longer.
integrity-cut-window = Import the log from the day after { DATE($last) } on, or set retention.missing_days to { DAY_STAMP($first) }{ $one_day ->
        [yes] {""}
       *[no] ..{ DAY_STAMP($last) }
    }.
integrity-mend-arm = Arms cannot be compared over them: bring that arm's events, or end the log before { DATE($first) } by retention.log_end.
integrity-mend-times = Look at how these events got their times, and import the log anew.
check-switchers = Switchers
    .short = { PERCENT($share) }
    .detail = { PERCENT($share) } of users later met another arm. They stay in the arm of their first exposure. { $status ->
        [pass] {""}
       *[other] This pulls the arms together; the setting 'without switchers' shows by how much, but not fairly.
    }
check-hazards = Hazards
check-hazards-proportional =
    .short = proportional
    .detail = One hazard ratio fits all days ({ P($p) }).
check-hazards-not-proportional =
    .short = not proportional
    .detail = Hazards are not proportional ({ P($p) }), so read days and points first; the ratio is an average over the days.
check-seen-before = Seen before
check-seen-before-alike =
    .short = { PERCENT($share) }
    .detail = { PERCENT($share) } of users were seen before their first exposure, about alike in all arms ({ P($p) }).
check-seen-before-not-alike =
    .short = { PERCENT($share) }
    .detail = { PERCENT($share) } of users were seen before their first exposure, and not alike in all arms ({ P($p) }). Adjust for 'existing', and look at the assignment.
check-smallest-effect = Smallest effect
    .short = { DAYS($days) } days
    .detail = { $others ->
        [1] A true difference of { DAYS($days) } days engaged is found four times in five
       *[other] An arm that keeps users { DAYS($days) } days longer than each of the other { COUNT($others) } arms is named four times in five
    }{ $looks ->
        [1] ;
       *[other] , at { COUNT($looks) } looks;
    } smaller ones are missed more often than that. { $status ->
        [pass] {""}
       *[other] That is a large part of { DAY($horizon) } days: it takes more users to see less.
    }
check-looks = Looks
check-looks-not-told =
    .short = not told
    .detail = How often this study is looked at was not told. Limits and p values hold for one look only: whoever looks every day and stops at the first difference finds one in a quarter of studies in which there is none. Say in the settings how often, this time included.
check-looks-one-look =
    .short = one look
    .detail = Limits and p values hold for one look at the end, as the settings say.
check-looks-several =
    .short = { COUNT($looks) } looks
    .detail = Limits are widened so that they hold at all { COUNT($looks) } looks together. { $tested ->
        [no] {""}
       *[yes] Under the fixed gap, the always-valid log-rank test of { $arm } against { $reference } gives e = { SHORT($e_value, digits: 3) }; 20 or more rejects however often one looks.
    }
check-pace = Pace
check-pace-alike =
    .short = alike
    .detail = While they come at all, users of { $arm } visit { FIGURE($ratio, digits: 2) } times as often as those of { $reference } ({ FIGURE($lower, digits: 2) } to { FIGURE($upper, digits: 2) }): no difference of pace is seen.
check-pace-may-differ =
    .short = { FIGURE($ratio, digits: 2) } times
    .detail = While they come at all, users of { $arm } visit { FIGURE($ratio, digits: 2) } times as often as those of { $reference } ({ FIGURE($lower, digits: 2) } to { FIGURE($upper, digits: 2) }, { P($p) }). Under a fixed gap some of that looks like leaving; the verdict is corrected for it.
check-pace-differs =
    .short = { FIGURE($ratio, digits: 2) } times
    .detail = While they come at all, users of { $arm } visit { FIGURE($ratio, digits: 2) } times as often as those of { $reference } ({ FIGURE($lower, digits: 2) } to { FIGURE($upper, digits: 2) }, { P($p) }). Curves under a fixed gap take slow users for gone: do not read leaving off them. The verdict is corrected for pace.
check-pace-not-judged =
    .short = not judged
    .detail = Too few users come often enough to tell how often they come from whether they left.
check-counted = Counted
    .short = { COUNT($users) } of { COUNT($of) }
    .detail = { COUNT($users) } of { COUNT($of) } users are counted. { $reasons ->
        [0] {""}
       *[other] Left out: { LIST($left_out, join: "; ") }. { $status ->
            [pass] {""}
            [warn] Figures hold for those who are left, and they may differ from the others.
           *[fail] So few are left that the figures may hold for nobody else. A shorter gap or a longer log keeps users who came too late; where the product started with the log, retention.new_users_from_start keeps those of the burn-in.
        }
    }
check-adjustment = Adjustment
check-adjustment-refused =
    .short = not possible
    .detail = { $reason } { $overlap ->
        [yes] Leave such attributes out, or group their values, so that the rest can be adjusted for.
       *[no] Leave such attributes out, group their values, or set retention.estimand to 'overlap': then users whom both arms could have served are compared.
    }
check-adjustment-not-possible =
    .short = not possible
    .detail = More active users are told apart more often and stay longer anyhow, and this could not be adjusted for. Bring a longer log or one with more users, or widen the landmark window.
check-adjustment-associations =
    .short = associations only
    .detail = Nobody was assigned to a cohort: it follows from what users took. Contrasts are adjusted for activity and read as associations; curves and unadjusted differences only describe.
check-told-apart = Told apart
    .short = { PERCENT($share, digits: 0) }
    .detail = Of the users active before the landmark, { COUNT($users) } are told apart. Both models ranked the new items of { COUNT($alike) } alike, and { COUNT($none) } took no new item in the window; these are in no cohort.
check-arm-over-time = Arm over time
    .short = per moment
    .detail = The hazard ratio of the Cox model compares arms moment by moment, the arm lagged by the gap of { DAY($gap) } days. Unless switching was random, it is observational: who switched may have been about to stay or to leave anyhow.

## Verdict

verdict-retention-blocked = The check “{ $check }” failed, so no winner is named.
    .title = No verdict: a check failed
verdict-retention-blocked-adjustment = The arms differ in whom they serve and could not be made alike, so no winner is named.
    .title = No verdict: a check failed
verdict-retention-blocked-balance = The arms differ in what was known before anybody was served, so assignment was not what it claims and no winner is named.
    .title = No verdict: a check failed
verdict-retention-blocked-sample-ratio = The arms are not the sizes the assignment promised, so no winner is named.
    .title = No verdict: a check failed
support-blocked = { $check } The curves below are for diagnosis only.
verdict-retention-single = { $cohort_kind ->
        [everyone] Users
        [logged] Users first served by { $arm }
        [affinity] Users whose next items { $arm } ranked higher
       *[attribute] Users with { $cohort } { $arm }
    } stayed { DAYS($days) } of the first { DAY($horizon) } days on average.
    .title = One curve, no comparison
support-single = 95 % interval { LIMITS($lower, $upper) } days. { $reached ->
        [yes] Half had lapsed by day { DAY($median) }.
       *[no] More than half were still users at the end.
    } There is one curve and nothing to compare it with: name the column that says which recommender served an event, compare by a user attribute, or train two models and compare by affinity.
verdict-retention-pending = The arms are being compared by what decides.
    .title = Deciding
verdict-retention-few = { $few_count ->
        [0] There is too little to compare the arms by.
        [one] { LIST($few) } has fewer than 30 users or 10 lapses: too few to say anything about staying.
       *[other] { LIST($few) } have fewer than 30 users or 10 lapses each: too few to say anything about staying.
    }
    .title = Too few to say
verdict-retention-winner = Users first served by { $arm } stay engaged { DAYS($days) } days longer over { DAY($horizon) } days than those served by { $reference }.
    .title = Clear winner
verdict-retention-associated = { $cohort_kind ->
        [affinity] Having one's next items ranked higher by { $arm } than by { $reference } is associated with staying engaged { DAYS($days) } days longer over the { DAY($horizon) } days after the landmark.
        [logged] Being first served by { $arm } is associated with staying engaged { DAYS($days) } days longer over { DAY($horizon) } days than { $reference }.
       *[attribute] { $cohort }: { $arm } is associated with staying engaged { DAYS($days) } days longer over { DAY($horizon) } days than { $reference }.
    }
    .title = Clear difference, not randomised
verdict-retention-worst = { $causal ->
        [yes] { $worst } keeps users shortest
       *[no] { $worst } goes with the shortest stay
    }: every other arm is ahead of it. Of { LIST($others) } none is ahead of all the others.
    .title = One arm is clearly last
verdict-retention-equal = Whichever the arm, users stay engaged equally long to within { DAYS($margin) } days of { DAY($horizon) }, the margin that was set.
    .title = No difference worth having
verdict-retention-tie = { $cohort_kind ->
        [affinity] Users whose next items { $arm } ranked higher and those whose next items { $reference } ranked higher cannot be told apart by how long they stay.
       *[other] { LIST($level) } cannot be told apart by how long they keep users.
    }
    .title = Cannot be told apart
verdict-retention-undecided-methods-disagree = { $disagreement ->
        [engaged-alone] The life model finds that users of { $arm } stay longer than those of { $reference }; the pace-matched curves do not
        [matched-alone] The pace-matched curves find a difference between { $arm } and { $reference }; the life model does not
       *[opposite] The life model and the pace-matched curves point to different arms of { $arm } and { $reference }
    }. A winner takes both.
    .title = Not decided
verdict-retention-undecided-method-missing = { $arm } and { $reference } could be compared by one method at most, and a winner takes two: { LIST($reasons, join: "; ") }
    .title = Not decided
support-weighted = { $cohort_kind ->
        [affinity] Adjusted for activity: users are weighted by { LIST($by) }.
       *[other] Users are weighted so that the arms are alike in { LIST($by) }.
    }{ $overlap ->
        [yes] {" "}This speaks of users whom both arms could have served, not of all.
       *[no] {""}
    }
support-both = { $arm } minus { $reference } over { DAY($horizon) } days: { INTERVAL($estimate, $lower, $upper) } by the life model, { INTERVAL($matched, $matched_lower, $matched_upper) } by pace-matched curves{ $cut ->
        [yes] {" "}over { DAY($matched_days) } days
       *[no] {""}
    }{ $looks ->
        [1] .
       *[other] ; limits hold at all { COUNT($looks) } looks together.
    }
support-tie = Not told apart is not equal: a difference of up to { DAYS($widest) } days either way is compatible. { $beaten_count ->
        [0] {""}
       *[other] Users of { LIST($beaten) } stay shorter.
    }
support-pace = While they come at all, users of { $arm } visit { FIGURE($ratio, digits: 2) } times as often ({ FIGURE($lower, digits: 2) } to { FIGURE($upper, digits: 2) }, { P($p) }): that is pace, not staying, and does not count here.
support-fixed-gap = The curves below do not part the two: a gap of more than { DAY($gap) } days counts as leaving, and the difference is { INTERVAL($estimate, $lower, $upper) } days.
support-could-show = This study names a winner four times in five where the true difference is { DAYS($smallest) } days. To see 1 day: about { ABOUT($users_each) } users in each arm.

## What could not be done

start-week = start weeks
warning-burn-in = The burn-in of { DAY($burn_in) } days leaves out { COUNT($users) } of { COUNT($of) } users, since they may be old ones. If the product started with the log, set retention.new_users_from_start; a user attribute with the date of sign-up tells who is new as well.
warning-covariate-constant = { $attribute } has one value for all users judged here, so there is nothing to adjust for.
warning-no-cox-model = No Cox model: { $reason }
warning-no-time-varying-model = No Cox model with a time-varying arm: { $reason }
warning-no-proportional-hazards = No test of proportional hazards: { $reason }
adjustment-refused = Contrasts are not adjusted, because of { $arm } and { $reference }: { $reason }
adjustment-never-served = { $never } never served users with { $attribute } { $level }: all { COUNT($users) } of them were served by { $served }, so nothing can be said about them.
warning-no-lapse-ratio = No ratio of lapse rates: { $reason }
error-arm-without-lapse = No user of { $arm } lapses, so its rate cannot be compared; a longer log is needed.
gap-log-too-short = The log is too short for a gap of { DAY($gap) } days.
gap-followed-short = With a gap of { DAY($gap) } days the arms are followed for { DAY($days) } days only.
gap-not-adjusted = With a gap of { DAY($gap) } days contrasts cannot be adjusted: { $reason }

## Segments

segment-new = new
segment-seen-before = seen before
segment-up-to = { $whole ->
        [yes] up to { COUNT($high) }
       *[no] up to { FIGURE($high, digits: 2) }
    }
segment-over = { $whole ->
        [yes] over { COUNT($low) }
       *[no] over { FIGURE($low, digits: 2) }
    }
segment-between = { $whole ->
        [yes] over { COUNT($low) } to { COUNT($high) }
       *[no] over { FIGURE($low, digits: 2) } to { FIGURE($high, digits: 2) }
    }
segment-few-users = { $users ->
        [one] 1 user
       *[other] { COUNT($users) } users
    } of { $arm }; it takes { COUNT($least) }
segment-followed-short = { $arm } is followed for { $days ->
        [one] 1 day
       *[other] { COUNT($days) } days
    }
segment-one-value = { $attribute } has one value for all users judged here.

## How it was counted

definition-population = { $users ->
        [one] 1 user
       *[other] { COUNT($users) } users
    } { $cohort_kind ->
        [affinity] active in the { DAY($gap) } days before { SPAN($first, $last) }, whose next items one model ranked higher.
       *[other] who started { SPAN($first, $last) }.
    } { $reasons ->
        [0] Nobody was left out.
       *[other] Left out: { LIST($left_out, join: "; ") }.
    }
    .term = Population
definition-start = { $cohort_kind ->
        [affinity] The landmark, { MOMENT($landmark) } UTC: the end of the { DAY($landmark_days) } days after the split on { MOMENT($split) }, before which both models learnt. Days are counted from the landmark on.
        [logged] First event that names a recommender. Arm at that moment; later switches do not move a user.
        [everyone] First activity in the log.
       *[attribute] First activity in the log. Compared by { $cohort }.
    }
    .term = Start
definition-lapse = Last activity before the first gap longer than { COUNT($gap) } days. { $cohort_kind ->
        [affinity] One that lies before the landmark counts as day 0.
       *[other] {""}
    }
    .term = Lapse
definition-censoring = Everyone is followed to the log's end less { COUNT($gap) } days, and no further.
    .term = Censoring
definition-coming-back = Every event counts as activity.
    .term = Coming back
definition-coming-back-of = { CAPITAL(LIST($events)) } count as activity{ $others_count ->
        [0] .
        [one] ; { LIST($others) } does not.
       *[other] ; { LIST($others) } do not.
    }
    .term = Coming back
definition-clock = Days are { $day_rule ->
        [calendar] calendar dates in { $time_zone }
       *[elapsed] 24-hour periods from { $cohort_kind ->
            [affinity] the landmark
           *[other] each user's start
        }
    }. Log window { MOMENT($first) } to { MOMENT($last) } UTC. { $date_only ->
        [yes] Times are dates without hours.
       *[no] {""}
    }
    .term = Clock
definition-figures = Kaplan-Meier with { $form } intervals. Days kept: restricted mean over { DAY($horizon) } days. p values of pairs are corrected by Holm over all pairs.
    .term = Figures
definition-affinity-cohorts = The model, of { LIST($models) }, that ranked the new items a user took in those { DAY($landmark_days) } days higher, by mean reciprocal rank.
    .term = Cohorts
definition-affinity-adjustment = Contrasts are standardised over { LIST($covariates) }, since more active users are told apart more often and stay longer anyhow. Curves and unadjusted differences only describe. { $overlap ->
        [yes] Adjusted figures hold among users whom both cohorts could have had.
       *[no] {""}
    }
    .term = Adjustment
definition-adjustment = Adjusted contrasts are standardised over { LIST($covariates) }: numbers as restricted cubic splines, AIPW on pseudo-values, cross-fitted in five folds of users. { $overlap ->
        [yes] They hold among users whom both arms could have served (overlap weights).
       *[no] They hold for all users of the arms that are compared.
    }
    .term = Adjustment
definition-arm-over-time = The Cox model takes the arm in force at each moment, lagged by { COUNT($gap) } days: a lapse is declared { COUNT($gap) } days after the last activity, and what counts is the arm of the last exposure before that activity. Intervals are clustered by user. Curves and contrasts keep the arm of the first exposure.
    .term = Arm over time
how-computed = { $figure } { $population } From { $start }; lapsed after a gap of more than { COUNT($gap) } days, everyone followed to the log's end less that gap; days are { $day_rule ->
        [calendar] calendar dates in { $time_zone }
       *[elapsed] 24-hour periods, UTC
    }; log { MOMENT($first) } to { MOMENT($last) } UTC.
gap-returns = Of those who lapsed under the gap of { DAY($gap) } days, { LIST($shares) } after it was over.
gap-returned-within = { PERCENT($share, digits: 0) } came back within { DAY($days) } days
gap-returns-not-known = The log is too short to tell who comes back after a gap of { DAY($gap) } days.
clock-start-landmark = the landmark
clock-start-exposure = first exposure
clock-start-activity = first activity
