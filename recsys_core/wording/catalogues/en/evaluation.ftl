### Models side by side: how they rank, how sure that is, and whether better ranking goes with staying.

## What is refused

error-arm-model-without-arm = compare.arm_models has { QUOTED($pair) }; write arm=model with one of the arms { $arm_count ->
        [0] (none)
       *[other] { PLAIN($arms) }
    }.
error-arm-model-without-model = compare.arm_models has { QUOTED($pair) }; the models are: { PLAIN($models) }.
error-compared-model-not-finished = compare.models names { QUOTED($model) }, which has no finished run on this split. Finished are: { $finished_count ->
        [0] none
       *[other] { PLAIN($finished) }
    }.
    .advice = Train it first, or leave it out.
error-no-model-to-compare = No model is trained on this split yet, so there is nothing to compare.
    .advice = Train one first.
error-models-tested-apart = { $model } was tested on other { $part ->
        [users] users
        [targets] held-out items
       *[items] items
    } than { $other } ({ COUNT($rows) } against { COUNT($other_rows) }), so they cannot be compared.
    .advice = Train both on the same split.
error-test-users-without-history = None of the { COUNT($users) } test users has a training history: every model would serve them what is popular.
    .advice = Let the test start later, or bring a longer log.
error-evaluation-damaged = { $file } is damaged: it is not what was stored.
    .advice = Delete the run with `cache delete { $run_id }`, and train the model again, or restore a backup.
error-evaluation-not-finished = { $folder } holds no finished evaluation.
    .advice = Train the model again.
error-evaluated-on-other-data = { $model } was trained on another data set or split.
    .advice = Train it again on this one.
error-no-new-item-in-test = None of the { COUNT($events) } test events is on an item new to its user, so nothing can be ranked.
    .advice = Switch off split.filter_seen where users come back to the same items.
error-scores-no-numbers = { $model } gives scores that are no numbers: its training ran away.
    .advice = Lower its learning rate, or raise its regularisation, and train it again.


## Progress

progress-ranks = ranks { COUNT($items) } items
progress-ranked = ranked

## The verdict

verdict-ranking-single = { $best } is the only model, so there is nothing to compare it with.
    .title = One model, no comparison
verdict-ranking-baseline-not-beaten = { $best } ranks best; no BERT or sequence model beats it on this log.
    .title = A simple baseline wins
verdict-ranking-collaborative-not-beaten = { $best } ranks best; no BERT or sequence model beats it on this log.
    .title = Collaborative filtering wins
verdict-ranking-winner = { $best } ranks best of { SPELLED($models) } models.
    .title = Clear winner
verdict-ranking-baseline-best = { $best } ranks best of { SPELLED($models) } models; no BERT or sequence model is among them.
    .title = A simple baseline wins
verdict-ranking-collaborative-best = { $best } ranks best of { SPELLED($models) } models; no BERT or sequence model is among them.
    .title = Clear winner
verdict-ranking-tie = { $others ->
        [0] { LIST($models) }
       *[other] { PLAIN($models) } and { COUNT($others) } others
    } rank about equally well; this log cannot tell them apart.
    .title = No clear winner

ranking-only-figure = NDCG at { $k } is **{ FIGURE($ndcg, digits: 3) }**. Train another model to see whether it ranks better.
ranking-against = NDCG at { $k } is **{ FIGURE($ndcg, digits: 3) }** against { FIGURE($rival_ndcg, digits: 3) } for { $rival }.
ranking-level-with = It cannot be told apart from { LIST($models, last: "or") }.
ranking-best-baseline = The best simple baseline, { $baseline }, reaches { FIGURE($ndcg, digits: 3) }.
ranking-differs-from-all = It differs from every other model.
ranking-difference = Difference in NDCG at { $k }, { $model } minus { $reference }: { INTERVAL($estimate, $lower, $upper, digits: 3) }.
ranking-simple-among = { $model } is a simple baseline: nothing here is shown to beat it.
ranking-beaten = { LIST($models) } { $count ->
        [one] ranks
       *[other] rank
    } lower.
ranking-new-items-turn = On items nobody has seen yet the order turns: { $model } reaches { FIGURE($ndcg, digits: 3) }, { $best } { FIGURE($best_ndcg, digits: 3) }.

## Checks

check-ranking-same-users = Same users
    .short = for every model
    .detail = Every model ranked all { COUNT($items) } items for the same { COUNT($users) } { $users ->
        [one] user
       *[other] users
    } with a history; nothing was sampled.
check-ranking-split = Split
check-ranking-split-by-time =
    .short = no future events
    .detail = Models learnt from events before { DATE($moment) } and were tested on those from then on.
check-ranking-split-leaky =
    .short = leaky, { $method }
    .detail = { $method ->
        [leave-last-out] Each user's last event is tested, so models learn from other users' later events
        [random] Test events are drawn at random, so models learn from events after them
       *[file] The test events come from a file, and models may learn from events after them
    }: figures are too high, and their order may be wrong. Use the split by time to decide anything.
check-ranking-tuning = Tuning
    .short = no search
    .detail = No settings were searched for, for any model: each ran once with those given. Tuned, it may do better.
check-ranking-baseline = Baseline
check-ranking-baseline-included =
    .short = included
    .detail = { $baseline }, what many users took in the last days before the split, is among the models.
check-ranking-baseline-missing =
    .short = missing
    .detail = { $baseline } is missing. It often beats personal models, so a winner without it says little. Train it; that takes a second.
check-ranking-ties = Ties
    .short = { PERCENT($share) }
    .detail = { PERCENT($share) } of events follow one on another item in the same second; their order is by item id. { $status ->
        [pass] Items that tie in score stand in the middle.
       *[other] Models that read sequences learn that order. Bring exact times.
    }

## Definitions

definition-ranking = All { COUNT($items) } items are candidates for every user. { $filter_seen ->
        [yes] Items that the user took before are neither recommended nor looked for.
       *[no] Items that the user took before may be recommended and looked for again.
    }
    .term = Ranking
definition-split-by-time = Learnt before { DATE($moment) }, tested from then on.
    .term = Split
definition-split-leaky = { $method }: models may have learnt from events after those they are tested on.
    .term = Split
definition-ranking-users = Means are over { COUNT($warm_users) } test { $warm_users ->
        [one] user
       *[other] users
    } with a history. The { COUNT($cold_users) } without one stand apart.
    .term = Users
definition-new-items = { COUNT($cold_items) } of { COUNT($items) } items had no event before the split. Their figure counts only targets on them, ranked among all items.
    .term = New items
definition-ndcg = Sum of 1 / log2(rank + 1) over the held-out items in the first { $k } places / the same sum for an ideal list, which has min({ $k }, held-out items) of them in front.
    .term = NDCG at { $k }
definition-hit-rate = Share of users with at least one held-out item in the first { $k } places.
    .term = Hit rate at { $k }
definition-recall = Held-out items in the first { $k } places / all held-out items of the user, also where these are more than { $k }.
    .term = Recall at { $k }
definition-precision = Held-out items in the first { $k } places / { $k }, also where the user has fewer than { $k }.
    .term = Precision at { $k }
definition-map = Sum of the precision at the place of each held-out item in the first { $k } places / min({ $k }, held-out items), averaged over users.
    .term = MAP at { $k }
definition-mrr = 1 / rank of the user's first held-out item, 0 where it is not in the first { $k } places.
    .term = MRR at { $k }
definition-coverage = Share of the catalogue that stands in at least one user's list.
    .term = Coverage at { $k }
definition-novelty = Mean of −log2(share of training users who took the item) over a user's list, in bits; an item that nobody took counts as taken by one user.
    .term = Novelty at { $k }
definition-ranking-ties = An item that ties with others in score stands in the middle of them, never first.
    .term = Ties
definition-ranking-intervals = 95 % percentiles of means over { COUNT($resamples) } resamples of users.
    .term = Intervals
definition-sign-flips = Share of { COUNT($flips) } random flips of the signs of users' differences whose mean is as far from 0; Holm's correction over all pairs of models, since the best is read off the same users.
    .term = p values

## Users by their history

history-from-to = { $low } to { $high } items
history-or-more = { $low } or more items

## Does better ranking go with staying

error-ranking-hazard-without-users = No user took a new item in the landmark window and can be followed after it.
    .advice = Bring a longer log, or widen retention.landmark_days.
error-ranking-hazard-models-not-alike = { $model } was not judged on the same users and items.
    .advice = Train all models again with one split.

ranking-hazard-figures = hazard ratio { INTERVAL($estimate, $lower, $upper, digits: 2) } per { SHORT($step) } of NDCG@{ $k }, { P($p_holm) } by Holm over the models, among { COUNT($users) } { $users ->
        [one] user
       *[other] users
    }, compared with others alike in activity.
ranking-hazard-slower = Better ranking by { $model } is associated with slower lapsing: { ranking-hazard-figures }
ranking-hazard-faster = Better ranking by { $model } is associated with faster lapsing: { ranking-hazard-figures }
ranking-hazard-not-clear = Better ranking by { $model } is not clearly associated with lapsing: { ranking-hazard-figures }
ranking-hazard-not-estimable = Whether better ranking by { $model } goes with staying cannot be estimated. { $reason }

check-ranking-hazard-lapses = Lapses
    .short = { COUNT($lapses) }
    .detail = The hazard ratio rests on { COUNT($lapses) } { $lapses ->
        [one] lapse
       *[other] lapses
    }. { $status ->
        [pass] {""}
       *[other] Below { COUNT($least) } it hangs on few users: bring a longer log.
    }
check-ranking-hazard-spread = Spread
    .short = { PERCENT($ranked, digits: 0) }
    .detail = The model ranks a new item within its list for { PERCENT($ranked, digits: 0) } of users; the others all have 0. { $status ->
        [pass] {""}
       *[other] NDCG tells few users apart; lengthen the list or the landmark window.
    }
check-ranking-hazard-association = Association
    .short = not assigned
    .detail = Nobody was assigned a ranking quality, and the model may never have served these users. Whatever makes users both easier to rank for and more loyal is in this figure; only activity is held alike.
check-ranking-hazard-proportional = Hazards
    .short = { P($p) }
    .detail = { $status ->
        [pass] One hazard ratio fits all days
       *[other] The ratio changes over the days and is an average
    } ({ P($p) }).

order-by-ranking = In this study the model of the { $arm } arm ranks { $higher ->
        [yes] higher
       *[no] lower
    } offline than that of { $reference } (NDCG { FIGURE($ndcg, digits: 3) } against { FIGURE($reference_ndcg, digits: 3) })
order-longer = its users stayed { DAYS($days) } days { $longer ->
        [yes] longer
       *[no] shorter
    } ({ LIMITS($lower, $upper) }).
note-order-without-arms = How long users stay is counted from the arms of a log; this log has none to set beside the models.
note-order-without-models = Say which model stands for which arm, in “Arms and models” of the settings, to see offline quality beside the days that arms keep their users.
note-order-days-alike = { $ranking }, but how long their users stayed cannot be told apart: { INTERVAL($days, $lower, $upper, sign: 1) } days.
note-order-as-ranked = { $ranking }, and { order-longer }
note-order-not-as-ranked = { $ranking }, and yet { order-longer }
note-ranking-hazard = Cox model of lapsing from the landmark on, by per-user NDCG at { $k } over the new items of the { DAY($landmark_days) } days before it: { COUNT($users) } { $users ->
        [one] user
       *[other] users
    }, { COUNT($lapses) } { $lapses ->
        [one] lapse
       *[other] lapses
    }, stratified by new items and prior activity. Below 1: users for whom a model ranks better lapse more slowly. An association: nobody was assigned a ranking quality.
note-ranking-hazard-not-said = That cannot be said from this log: { $reason }

## On the page, in the report and in figures

ruler-better = { $model } better
ruler-ndcg = NDCG at { $k }, { $model } minus { $reference }
title-ranking-quality = Ranking quality of { SPELLED($models) } { $models ->
        [one] model
       *[other] models
    }
picture-leaderboard = NDCG of each model: { $figures }
example-later = { $items }{ $more ->
        [0] {""}
       *[other] ; and { COUNT($more) } more
    }

note-train-two = Train at least two: a simple one takes seconds, and what was popular lately is always compared with.
note-in-training = In training: { LIST($runs) }. This page takes them in when they are ready.
note-change-a-setting = Change a setting.
note-lists-of = Lists of **{ $k }**.
note-leaderboard = Sorted by NDCG on all items; the line is the 95 % interval over { COUNT($users) } test { $users ->
        [one] user
       *[other] users
    }.{ $new_items ->
        [yes] {" "}New items have no history before the split.
       *[no] {""}
    }
note-ranking-differences = Difference in NDCG at { $k } from { $best }, same users, 95 % interval. p values corrected by Holm over { $models ->
        [2] one pair
       *[other] all pairs of models
    }.
note-against-baseline = Against **{ $baseline }**, the best simple baseline:
note-quality-and-days = Each arm's model as ranked above, beside the restricted mean of the arm on the retention page.
note-groups = Targets of each kind are ranked among all items, as they are served. Users without a history get what is popular from every model.
note-histories = Mean NDCG by the number of items that users took in training.
note-other-metrics = The same lists, counted otherwise; what each means stands below.
note-examples = Drawn at random from those for whom some model found an item; the best model of each family, then the others. ✓ marks what the user took later.
note-ranking-definitions = How the figures of this section are defined:
caption-leaderboard = NDCG at { $k } of { SPELLED($models) } models on all items, on items without an event before the split, and the share of the catalogue in somebody's list. { COUNT($users) } test { $users ->
        [one] user
       *[other] users
    }; lines are 95 % intervals.
caption-groups = Ranking among all items, by what is known of the items and the users.
caption-other-metrics = The same lists in other metrics.
caption-ranking-differences = Difference in NDCG at { $k } from { $reference }, paired by user, with 95 % interval; p by random sign flips, corrected by Holm.
caption-quality-and-days = Offline quality of each arm's model beside the days that the arm keeps its users, with 95 % intervals.
caption-affinity-curves = Per cent not yet lapsed since the landmark, Kaplan-Meier with 95 % bands, unadjusted: these curves only describe, since the cohorts differ in activity.
caption-affinity-cohorts = The cohorts, unadjusted.
caption-affinity-contrast = The contrast, adjusted for activity.
picture-affinity-curves = Kaplan-Meier curves of { LIST($arms) } from the landmark to day { DAY($horizon) }.

line-ranking-figures = NDCG at { $k }, 95 % interval; recall, coverage; NDCG on new items
line-ranking-differences = Difference in NDCG at { $k } from { $best }; p corrected by Holm
