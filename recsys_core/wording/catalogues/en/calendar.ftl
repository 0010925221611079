### Retention by calendar days and weeks: what the figures mean, and what stands beside them.

label-start-week = { SHORT_DATE($monday) }
label-not-followed = not followed
label-not-reached = not reached
label-all-arms = all arms

## Day N

definition-day-n-exact = Active on day N itself, of users followed through day N.
    .term = On that day
definition-day-n-on-or-after = Active on day N or on any later day up to the log's end, of users followed through day N.
    .term = On that day or later
definition-day-n-bracket = Active on any day of the bracket, of users followed through its last day.
    .term = Within those days
label-day-n-exact = D{ COUNT($day) }
label-day-n-on-or-after = D{ COUNT($day) } or later
label-day-n-one-day = day { COUNT($day) }
label-day-n-bracket = days { COUNT($day) } to { COUNT($last) }
label-day-n-difference = { $arm } − { $reference }, points
note-counted-late = Users who came too late for a lapse to be judged count here too, as soon as the days in question are over.
note-day-n-computed = Shares with Wilson's limits; differences with Newcombe's, not corrected for the number of days.

## Start weeks

note-no-start-week = No start week is followed for a full week after it yet.
note-start-weeks-computed = Week k is days 7k − 6 to 7k since the start; start weeks begin on Monday.

## Time to return

label-returned-within = within { COUNT($days) } { $days ->
        [one] day
       *[other] days
    }
note-return-time-computed = Kaplan-Meier on the gaps between active days, the last gap of each user open; calendar days in { $zone }; { $confidence_form } intervals from a variance that adds up users, since the gaps of one user are alike.

## Active users

label-users-in-window = { $day }: { COUNT($users) } { $users ->
        [one] user
       *[other] users
    } in the { $window }
label-share-of-month = { $day }: { POINTS($share) } % of the month's users
label-active-users = Users active per day, week and month, { COUNT($days) } days
label-stickiness = Daily users as a share of monthly users, from { PERCENT($first) } to { PERCENT($last) }
note-no-whole-month = The log holds no window of 30 whole days yet, so there is no month to compare a day with.
note-active-users-computed = All users with activity in the log, whatever their arm or start, by calendar days in { $zone }; rolling windows of 7 and 30 days, only such as lie whole within the log.

## Lifecycle

definition-lifecycle-new = Active this week for the first time in the log; in its first weeks these may be older users.
    .term = New
definition-lifecycle-returning = Active this week and the week before.
    .term = Returning
definition-lifecycle-resurrecting = Active this week, not the week before, but earlier.
    .term = Resurrecting
definition-lifecycle-dormant = Active the week before, but not this week.
    .term = Dormant
label-users-of-week = week of { $week }: { COUNT($users) } { $lifecycle_state }
label-lifecycle = New, returning, resurrecting and dormant users in { COUNT($weeks) } weeks
note-lifecycle-computed = All users with activity in the log, whatever their arm or start; weeks of calendar days in { $zone }, Monday to Sunday, that lie whole within the log after another such week.
