### A study from its log to its results, and the report page.

progress-importing-log = Importing { $log }
progress-counting-lapses = Counting lapses of { COUNT($users) } users
progress-trying-rollout = Trying the rollout
progress-comparing-models = Comparing models
progress-writing-report = Writing the report

note-models-not-compared = Models were not compared: { $reason }
note-ranking-and-staying-unknown = Whether better ranking goes with staying cannot be said: { $reason }

check-report-figures = Figures
    .short = same as on the pages
    .detail = Page and report draw the same result with the same functions.
check-report-user-ids = User ids
    .short = none inside
    .detail = The report holds counts and curves only.
check-report-settings = Settings
    .short = printed with every figure
    .detail = The last section repeats every setting and version.
