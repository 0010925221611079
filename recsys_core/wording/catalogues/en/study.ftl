### A study from its log to its results, and the report page.

progress-importing-log = Importing { $log }
progress-counting-lapses = Counting lapses of { COUNT($users) } users
progress-trying-rollout = Trying the rollout
progress-comparing-models = Comparing models
progress-writing-report = Writing the report

error-kept-study-not-usable = The settings kept with this data set, { $path }, cannot be used: { $reason }
    .advice = Mend that file, or delete it for the defaults; or run the study again.

note-models-not-compared = Models were not compared: { $reason }
note-ranking-and-staying-unknown = Whether better ranking goes with staying cannot be said: { $reason }
note-study-not-here =
    The workspace holds no data set { QUOTED($dataset_id) }. It may have been removed, or made on another computer.

check-report-figures = Figures
    .short = same as on the pages
    .detail = Page and report draw the same result with the same functions.
check-report-user-ids = User ids
    .short = none inside
    .detail = The report holds counts and curves only.
check-report-settings = Settings
    .short = printed with every figure
    .detail = The last section repeats every setting and version.

report-window = log of { SPAN($first, $last) }
report-lead-one-curve = { COUNT($users) } users, one curve.
report-lead-groups = { COUNT($users) } users, compared by { $attribute }: { SPELLED($arms) } groups.
report-lead-arms = { CAPITAL(SPELLED($arms)) } recommenders, { $randomised ->
        [yes] assigned at random at first exposure
       *[other] not assigned at random
    }, { COUNT($users) } users.

definition-report-data-set = { $dataset_id }
    .term = Data set
definition-report-file = sha256 { $digest }
    .term = { $file }
definition-report-versions = { PLAIN($packages) }
    .term = Versions
definition-report-seeds = { $seeds }
    .term = Seeds
definition-report-made = { DATE($moment) } (UTC)
    .term = Made
definition-report-again = { $command }, with the settings below as study.toml beside the files named in it.
    .term = Run again
report-seed-adjusted = adjusted contrasts: { $seed }, { COUNT($resamples) } resamples{ $more ->
        [yes] ;
       *[no] .
    }
report-seed-what-if = what-if: { $seed }, { COUNT($resamples) } resamples.
report-no-seed = Nothing here is drawn at random.
