### Who will lapse next, why, and how far to trust that.

## What is refused

error-risk-log-too-short = The log spans { FIGURE($log_days, digits: 0) } days. To learn who lapses within { DAY($ahead) } days and to test that on later time takes { DAY($needed) }: { DAY($history) } of history, and twice the gap of { DAY($gap) } days and the days ahead.
    .advice = Bring a longer log, or ask for fewer days ahead.
error-risk-too-few-lapses = { COUNT($lapses) } of { COUNT($users) } users lapse within { DAY($days) } days in training; to learn who does takes { COUNT($least) } who do and { COUNT($least) } who do not.
    .advice = Bring a log with more users.
error-risk-nothing-to-learn = All users or none lapse in training, so there is nothing to learn; bring a longer log.
error-risk-test-one-sided = { $lapsed ->
        [0] None
       *[other] All
    } of the { COUNT($users) } users held back for the test lapsed within { DAY($days) } days, so risks cannot be judged.
    .advice = Bring a longer log, or ask for other days.

warning-risk-too-many-levels = { $attribute } has { COUNT($levels) } different values; at most { COUNT($most) } can be used.
warning-risk-hindsight = { $attribute } is left out: { $reason }.
warning-risk-column-unused = { $column } is alike for all users or follows from the others.

## What is known of users, and why a risk is high or low

risk-covariate-last-active = days since last active
risk-covariate-active-days = active days in { DAY($days) }
risk-covariate-events-a-day = events per active day
risk-covariate-first-seen = days since first seen
risk-covariate-recommender = recommender
risk-level-missing = (missing)
risk-level-not-served = (not served yet)

reason-amount = { $whole ->
        [yes] { COUNT($amount) }
       *[no] { FIGURE($amount) }
    }
reason-way = { $up ->
        [yes] up
       *[no] down
    }
reason-last-active = last active { reason-amount } days ago: { reason-way }
reason-first-seen = first seen { reason-amount } days ago: { reason-way }
reason-active-days = { reason-amount } active { $amount ->
        [one] day
       *[other] days
    } in { DAY($days) }: { reason-way }
reason-number = { $covariate } { reason-amount }: { reason-way }
reason-level = { $covariate } { $level }: { reason-way }

## The verdict

verdict-risk-not-told = Who will lapse cannot be told from this log.
    .title = No list: a check failed
verdict-risk-told = { COUNT($likely) } { $likely ->
        [one] user
       *[other] users
    } of { COUNT($users) } still here { $likely ->
        [one] is
       *[other] are
    } likelier than not to lapse within { DAY($days) } days.
    .title = Who will lapse
risk-area = Of a user who lapsed and one who stayed, the model ranked the first higher { POINTS($area, digits: 0) } times in 100 ({ LIMITS($lower, $upper, digits: 0, scale: 100) }), on users and time that it had not seen.
risk-mean = On average { PERCENT($mean, digits: 0) } will lapse: about { COUNT($lapsing) } users.

## Checks

risk-lapses-found = { COUNT($lapses) } lapses of { COUNT($rows) } users and snapshots teach { COUNT($columns) } { $columns ->
        [one] column
       *[other] columns
    }: { COUNT($each) } each
check-risk-lapses = Enough lapses
check-risk-lapses-enough =
    .short = { COUNT($lapses) } lapses
    .detail = { risk-lapses-found }.
check-risk-lapses-few-per-column =
    .short = { COUNT($each) } per column
    .detail = { risk-lapses-found }; below { COUNT($least) } risks are too sure of themselves. Bring more users, or fewer attributes.
check-risk-ranking = Ranking
check-risk-ranking-no-better-than-chance =
    .short = no better than chance
    .detail = The chance of ranking a user who lapsed above one who stayed is { INTERVAL($area, $lower, $upper, digits: 2) }; .50 is a toss of a coin. What is known of users does not tell who will lapse: bring more users, or attributes that matter.
check-risk-ranking-better-than-chance =
    .short = AUC { FIGURE($area, digits: 2) }
    .detail = A user who lapsed was ranked above one who stayed with a chance of { INTERVAL($area, $lower, $upper, digits: 2) }; .50 is a toss of a coin.
check-risk-calibration = Calibration
check-risk-calibration-calibrated =
    .short = slope { FIGURE($slope, digits: 2) }
    .detail = Calibration slope { INTERVAL($slope, $lower, $upper, digits: 2) }: risks are neither too bold nor too timid.
check-risk-calibration-too-bold =
    .short = slope { FIGURE($slope, digits: 2) }
    .detail = Calibration slope { INTERVAL($slope, $lower, $upper, digits: 2) }: risks were too bold: high risks came out lower, low ones higher. The risks listed here are corrected by it.
check-risk-calibration-too-timid =
    .short = slope { FIGURE($slope, digits: 2) }
    .detail = Calibration slope { INTERVAL($slope, $lower, $upper, digits: 2) }: risks were too timid. The risks listed here are corrected by it.
check-risk-level = Level
    .short = off by { POINTS($off) } points
    .detail = On the test, over { DAY($days) } days: { PERCENT($predicted) } foretold, { PERCENT($observed) } came true. { $status ->
        [pass] {""}
       *[other] Lapsing became more or less frequent since training. The risks listed here are corrected by it.
    }
check-risk-other-models = Other models
check-risk-other-models-cox-as-good =
    .short = Cox as good
    .detail = Brier score { FIGURE($brier, digits: 3) } by Cox, { FIGURE($other_brier, digits: 3) } by { $model }; lower is better. Cox, which gives reasons, does as well.
check-risk-other-models-another-better =
    .short = { $model } better
    .detail = Brier score { FIGURE($brier, digits: 3) } by Cox, { FIGURE($other_brier, digits: 3) } by { $model }; lower is better. Use the column of { $model }.

## Definitions

definition-risk-population = { COUNT($users) } { $users ->
        [one] user
       *[other] users
    } active in the { DAY($gap) } days before { MOMENT($moment) }.
    .term = Population
definition-risk-lapse = Last activity before the first gap longer than { DAY($gap) } days, counted from the moment of the prediction; day 0 for a user who never comes back.
    .term = Lapse
definition-risk-known = Only events up to the moment: recency, active days, events and items in { DAY($history_days) } days, time since first seen, the recommender met first, and user attributes as the log has them.
    .term = Known
definition-risk-learning = { COUNT($users) } users in { COUNT($snapshots) } { $snapshots ->
        [one] snapshot
       *[other] snapshots
    } up to { MOMENT($moment) }, outcomes known by { MOMENT($known_by) }.
    .term = Learning
definition-risk-test = { COUNT($users) } users on { MOMENT($moment) }, followed for { DAY($days) } days; { COUNT($lapses) } lapsed. Scores are those of the models as trained; the risks listed are then corrected by the line that the test showed (logit scale).
    .term = Test
definition-risk-clock = Days are 24-hour periods, UTC.{ $date_only ->
        [yes] {" "}Times are dates without hours.
       *[no] {""}
    }
    .term = Clock

## On the page and in figures

risk-model-cox = Cox
risk-model-logistic = discrete-time logistic
risk-model-boosted = boosted trees
risk-bin = { COUNT($users) } { $users ->
        [one] user
       *[other] users
    }: { PERCENT($predicted) } foretold, { PERCENT($observed) } lapsed ({ LIMITS($lower, $upper, scale: 100) })
picture-risk-calibration = Calibration of the Cox model: { PERCENT($predicted) } foretold, { PERCENT($observed) } lapsed on average

note-risk-in-force = Lapsed after **{ DAY($gap) } days** without activity. Risks over the next { LIST($ahead) } days.
note-risk-people = The ten highest risks by Cox, with what moved each most; user ids are the pseudonyms of the data set.
note-risk-calibration = Tenths of the users by risk over { DAY($days) } days: foretold, and what came true.
note-risk-scores = Over { DAY($days) } days, on users and time that no model had seen; 95 % intervals. AUC and concordance: .50 is a toss of a coin. Brier score: mean squared error, lower is better. Skill: what it saves over one risk for everybody.
note-risk-not-used = Not used: { $warnings }
note-risk-data-set = Data set { $dataset_id }.
computed-risks = Cox model of the time to lapse; a reason is what a covariate adds to the log hazard against the average user. The file holds every user with the risks of all three models.
computed-risk-calibration = Mean risk and share that lapsed by tenths of the risk, Wilson 95 % limits.
computed-risk-scores = Brier score; AUC at the horizon, bootstrap over users; Harrell's concordance with its jackknife error; calibration slope by logistic regression. Everybody is followed to the horizon, so nothing is weighted for censoring.
