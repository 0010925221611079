### Runs: what became of them, what they do, what to do about them, what is kept of them.

## How a run stands: on its card, and where runs are counted.

run-queued = waits
run-running = training
run-finished = { $cached ->
        [yes] ready, from cache
       *[no] ready
    }
run-failed = failed
run-lost = lost
run-cancelled = cancelled
count-running = { $runs ->
        [one] is training
       *[other] are training
    }
count-queued = { $runs ->
        [one] waits
       *[other] wait
    }
count-finished = { $runs ->
        [one] is ready
       *[other] are ready
    }
count-failed = failed
count-lost = { $runs ->
        [one] was lost
       *[other] were lost
    }
count-cancelled = { $runs ->
        [one] was cancelled
       *[other] were cancelled
    }
count-of-models = { SPELLED($runs) } { $runs ->
        [one] model
       *[other] models
    } { $standing }
count-of-runs = { SPELLED($runs) } { $standing }

card-quality = NDCG { FIGURE($ndcg, digits: 3) } in lists of 10.
card-from-cache = Same data, split and settings as a run of { DATE($finished, year: 0) }: reused, nothing trained. { $quality }
card-finished = { $quality } Trained on { DATE($finished, year: 0) }.
card-stopped = Stopped at { PERCENT($share, digits: 0) }. { $rest }
card-ended = Ended at { PERCENT($share, digits: 0) } on { DATE($finished, year: 0) } at { $clock } UTC, start { COUNT($attempts) }. { $rest }
card-goes-on = Resume goes on from its last checkpoint.
card-starts-anew = It had reached no checkpoint: { $failed ->
        [yes] Retry
       *[no] Resume
    } starts it anew.
card-place = It is { $place ->
        [0] next
        [1] second
        [2] third
        [3] fourth
        [4] fifth
       *[5] sixth
    } in line.
card-far-place = { COUNT($place) } wait before it.
card-time-left = about { DURATION($seconds) } left
card-time-taken = { DURATION($seconds) }
card-try = Start with { $change }
card-earlier-starts = { COUNT($starts) } earlier { $starts ->
        [one] start
       *[other] starts
    }
card-said-nothing = said nothing
card-wrote-nothing = Its process wrote nothing: it ended before its first line, or its log was removed.
leader-ready = { CAPITAL($number) } models are ready on the same test users.
leader-not-compared = { CAPITAL($number) } models are ready on the same test users. Compare says what is in the way.
leader-gap = NDCG of { $second } minus { $first }: { INTERVAL($estimate, $lower, $upper, digits: 3, sign: 1) }, on the same test users.{ $differs ->
        [yes] {""}
       *[no] {" "}These two cannot be told apart.
    }

## What became of a run.

error-run-disk-full = The disk is full: no more could be written.
    .advice = Delete what is not needed or move the workspace to a larger disk, then resume it: it goes on from its last checkpoint.
error-run-out-of-memory = There was not enough memory ({ $exception }).
    .advice = Close other programs, or choose smaller settings: fewer factors, a smaller batch, shorter texts; then train again.
error-run-unexpected = { $exception }.
    .advice = The log holds the whole story.
error-run-no-reason = It ended without a reason.
error-run-killed = Its process ended without a word: it was killed, often for want of memory, or it crashed.
error-run-killed-for-memory = The kernel killed its process for want of memory.
    .advice = It is not started again by itself, since it would end so again: choose smaller settings (fewer factors, a smaller batch, shorter texts) or close other programs, then resume it.
error-run-computer-restarted = The computer was restarted while it ran.
error-run-folder-gone = Its folder is gone from the workspace.
error-run-never-started = Its process was never started.
error-run-process-not-started = Its process could not be started: { $reason }.
error-run-ended-by-signal = Its process was ended by { $signal }.
error-run-ended-with-code = Its process ended with exit code { SHORT($exit_code) } and without a word; the log may hold more.
error-run-out-of-reach = There was no sign of life from it for { COUNT($seconds) } s: its computer may be off, or out of reach.
error-run-process-stopped = There was no sign of life from it for { COUNT($seconds) } s: somebody stopped its process (SIGSTOP).
error-run-process-stuck = There was no sign of life from it for { COUNT($seconds) } s: its process was there, and stuck.
error-run-ended-so-each-time = { $reason } It was started again { COUNT($times) } times and ended so each time.

## What to do about it.

advice-disk = Free disk space, or move the workspace to a larger disk (STAYING_POWER_HOME); then retry: it goes on from its last whole checkpoint.
advice-memory = Use a smaller batch, shorter texts or fewer factors, or close other programs; then start again.
advice-nan = The loss left the numbers: start again with a learning rate a tenth as high, or in precision fp32.
advice-encoder = Put the encoder's folder back, name another one under Encoder, or leave it empty for the packaged one.
advice-texts = Import the log again with a table of items and its text columns on Data, or train a model without texts.
advice-short = Choose another split under Split: a later test start, a larger validation share, or leave-last-out. A longer log helps most.
advice-changed = Train again: what this run was asked for is no more, and a new run takes what there is now.
advice-files = See that the workspace's folder may be read and written by this program; then retry.
advice-killed = If memory was short, the system killed it: close other programs or use a smaller batch. Otherwise just resume: it goes on from its last checkpoint.
advice-silent = See that its computer is on and reaches the workspace; then resume.
advice-removed = Its files were removed: resume trains it anew.
advice-unknown = The end of the log below says where it stopped. Retry once; if it fails at the same place, change the setting that the log names, or report it with the log.
advice-change = { INSIDE($label) } { SHORT($value) }

## What a run does.

progress-run-starts = starts
progress-run-resumes = starts again
progress-run-stops = stops
progress-run-retries = starts again in { COUNT($seconds) } s after: { $reason }
progress-run-waits = waits for { PLAIN($models) } to finish
progress-run-waits-for-registry = waits for the registry to finish
progress-run-reads = reads the log
progress-run-learns = learns from { COUNT($events) } events
progress-run-saves = saves the model
progress-run-ranks = ranks items for the test users

## What whoever waits is told.

progress-run = { $model } { PERCENT($share, digits: 0) } { $doing }
run-was = It was { $run_state }.
progress-run-in-processes = { $run_id } trains in { COUNT($processes) } processes; `runs { $dataset_id }` tells how far, { $log } more
progress-run-needed-first = { $place ->
        [landmark] { $model } has no finished run on a split that leaves room for the landmark: it is trained first
       *[split] { $model } has no finished run on this split: it is trained first
    }
progress-run-resumed = { $run_id } is started again; it goes on from its last checkpoint, if it had reached one.
progress-run-goes-on = { $run_id } goes on without this command. `cancel { $run_id }` stops it.
progress-run-ended = { $cached ->
        [yes] { $model }: from the cache
       *[no] { $model }: { $run_state }
    }
note-model-not-trained = { $model } was not trained: { $reason }
note-not-from-cache = Not from the cache: { $changes } (against { $run_id }).
changed-setting = { INSIDE($what) } was { $first }, is { $second }{ $last ->
        [yes] {""}
       *[no] ,
    }

## What cannot be started, stopped or used.

error-no-such-run = The workspace holds no run { QUOTED($run_id) }.
    .advice = `runs DATASET` lists those it holds.
error-run-settings-damaged = { $path } is missing or damaged.
    .advice = Delete the run with `cache delete { $run_id }`, and train the model again.
error-run-row-damaged = What the registry of runs, { $path }, says of { $run_id } is damaged.
    .advice = Delete the run with `cache delete { $run_id }`, and train the model again, or restore a backup.
error-run-disk-too-small = A run needs about { ROOM($needed) } for checkpoints and model, and the disk of { $folder } has { ROOM($free) } left.
    .advice = Delete what is not needed, or move the workspace to a larger disk, and train again.
error-run-not-under-way = { $run_id } is { $run_state }: only a run that waits or runs can be cancelled.
error-run-not-finished = { $run_id } { $run_state }. { $reason }
error-needed-run-not-finished = { $run_id } { $run_state }. { $reason }
    .advice = `runs { $dataset_id }` says more.
error-run-not-started = The process of { $run_id } could not be started: { $reason }.
    .advice = Close other programs or free disk space, and train again.
error-runs-at-once-no-number = { $variable } is { QUOTED($text) }; it must be a whole number, 1 or more: runs that train at once.
error-registry-not-usable = The registry of runs, { $path }, cannot be used: { $reason }.
    .advice = See that its folder may be written to and has room; if the file is damaged, move it away: finished models are trained again.
error-registry-full = The registry of runs, { $path }, cannot be used: { $reason }.
    .advice = See that its folder may be written to and has room; if the file is damaged, move it away: finished models are trained again.
error-registry-of-later-version = The registry of runs is of version { SHORT($version) }; this program knows versions up to { SHORT($known) }.
    .advice = Use the later program that wrote it, or another workspace.
error-test-file-changed = split.test_file, { $file }, is not what it was when this run was asked for.
    .advice = Train again: another file makes another run.
error-nothing-to-compare = No model is trained on this split yet, so there is nothing to compare.
    .advice = Train one first: `train { $dataset_id } --model item-knn --wait`.
error-affinity-without-runs = No finished runs of { $first } and { $second } share a split that leaves { COUNT($landmark) } days of landmark window, { COUNT($gap) } of gap and { COUNT($followed) } to follow users over.
    .advice = Train both with the test starting on { DATE($test_from) }, or shorten the window.
error-affinity-split-not-by-time = Affinity cohorts need models that learnt before one moment, but split.method is { QUOTED($method) }.
    .advice = Set it to 'global-time'.

## What the command line prints of runs, and of what is kept of them.

line-end-of-log = The end of its log:
line-run-finished = { $cached ->
        [yes] finished earlier
       *[no] finished
    }, { COUNT($seconds) } s
line-run-ndcg = NDCG@10 { FIGURE($ndcg, digits: 4) }
line-run-active = { PERCENT($share, digits: 0) } { $doing }
line-kept-state = { $run_state }{ $pinned ->
        [yes] , pinned
       *[no] {""}
    }
line-kept-dates = created { DATE($created) }, last used { DATE($last_used) }
data-set-unknown = data set unknown
line-kept-in-all = { COUNT($runs) } { $runs ->
        [one] run
       *[other] runs
    }, { SIZE($runs_bytes) }; { COUNT($files) } { $files ->
        [one] file
       *[other] files
    } of embeddings, { SIZE($files_bytes) }; { SIZE($free) } of the disk free
line-embeddings-deleted = embeddings and tokens are deleted, { SIZE($bytes) } are free again
line-run-deleted = { $run_id } is deleted, { SIZE($bytes) } are free again
line-run-pinned = { $run_id } is pinned: it is not deleted
line-run-unpinned = { $run_id } is not pinned: it may be deleted
line-last-used = last used on { DATE($last_used) }
line-room-nothing = Nothing is deleted.
line-room-deleted = Deleted, the least recently used first:
line-room-would-be-deleted = Would be deleted, the least recently used first:
line-room-free = { SIZE($free) } { $deleted ->
        [yes] are
       *[no] would be
    } free then, { SIZE($wanted) } wanted{ $enough ->
        [yes] .
       *[no] : no more finished runs can go. Unpin some, or free other files.
    }
line-room-give-yes = Give --yes to delete them.
line-exported = { $run_id }: { COUNT($files) } { $files ->
        [one] file
       *[other] files
    }, { SIZE($bytes) }, in { $path }
line-left-out = left out, since such files are not read back: { LIST($files) }
line-imported-run = imported
line-imported-already = was here already
line-difference = { $what }: { $first } -> { $second }
line-no-difference = Nothing: they are the same run.
usage-list-takes-nothing = `cache list` takes nothing after it
usage-needs-size = `cache room` needs a size, as in 5GB
usage-needs-run = `cache { $action }` needs a run
error-no-size = { QUOTED($text) } is no size.
    .advice = Give bytes, or a number with its unit, as in 500MB or 5GB.

## What is kept of runs, taken out and taken in.

error-run-not-kept = The workspace keeps no run { QUOTED($run_id) }.
    .advice = `cache list` names those it keeps.
error-run-is-pinned = { $run_id } is pinned, so it is not deleted.
    .advice = Unpin it first: `cache unpin { $run_id }`.
error-run-is-under-way = { $run_id } is under way, so it is not deleted.
    .advice = Stop it first: `cancel { $run_id }`.
error-run-not-exportable = { $run_id } is { $run_state }, and only a finished run whose model is there can be exported.
    .advice = `runs { $dataset_id }` lists the finished ones.

-not-imported = Nothing was imported. Export the run again with `export-run`.
error-archive-no-zip = This file cannot be read as a zip file: { $reason }.
    .advice = { -not-imported }
error-archive-points-outside = This file cannot be read as a zip file: it points outside of itself.
    .advice = { -not-imported }
error-archive-of-many-files = This file holds { COUNT($files) } files, and a run has at most { COUNT($most) }.
    .advice = { -not-imported }
error-archive-strange-name = This file holds a file named { QUOTED($file) }, which does not belong to a run.
    .advice = { -not-imported }
error-archive-strange-kind = This file holds { QUOTED($file) }, and such files are not read: they may run code, or mean nothing here.
    .advice = { -not-imported }
error-archive-link = This file holds { QUOTED($file) }, which is a link or something else than a plain file.
    .advice = { -not-imported }
error-archive-encrypted = This file holds { QUOTED($file) } encrypted or compressed in a way that is not read.
    .advice = { -not-imported }
error-archive-twice = This file holds { QUOTED($file) } twice.
    .advice = { -not-imported }
error-archive-too-large = This file would take { SIZE($bytes) } unpacked, and at most { SIZE($most) } are allowed.
    .advice = { -not-imported }
error-archive-no-manifest = This file is no exported run: it holds no { $manifest }, or one too large.
    .advice = { -not-imported }
error-archive-manifest-damaged = This file has a { $manifest } that is damaged.
    .advice = { -not-imported }
error-archive-other-files = This file holds other files than its { $manifest } lists.
    .advice = { -not-imported }
error-archive-manifest-does-not-fit = This file has a { $manifest } that does not fit { $part }.
    .advice = { -not-imported }
archive-a-run = a run
error-archive-holds-more = This file holds more in { QUOTED($file) } than it declares.
    .advice = { -not-imported }
error-archive-no-text = This file holds { QUOTED($file) }, which is no text.
    .advice = { -not-imported }
error-archive-file-damaged = This file is damaged: { QUOTED($file) } is not what was exported.
    .advice = { -not-imported }
error-archive-settings-unreadable = This file has no settings.json that can be read, or names a model that this version does not know.
    .advice = { -not-imported }
error-archive-of-another-run = This file is not the run that it says: its settings do not give its id.
    .advice = { -not-imported }
error-archive-of-later-format = This run was exported in format { SHORT($format) }, and this version reads up to { SHORT($known) }.
    .advice = Update Staying Power and import it again.
error-archive-format-unknown = This run was exported in a format that is no number, and this version reads up to { SHORT($known) }.
    .advice = Update Staying Power and import it again.
error-archive-settings-unknown = This run has settings that this version does not know: { $reason }
    .advice = Update Staying Power, or train the model here.
error-archive-of-another-data-set = This run was trained on the data set { QUOTED($dataset_id) }, which this workspace does not hold, so it could be compared with nothing.
    .advice = Import the same log with the same columns first, then the run again.
error-run-trained-here = { $run_id } is being trained here.
    .advice = Wait for its end, or cancel it and import again.
error-archive-without-room = This run takes { SIZE($bytes) }, and the workspace's disk has { SIZE($free) } free.
    .advice = Make room with `cache room { SHORT($room) }`, and import it again.

-not-read = Nothing was imported. Export the run again.
error-imported-run-unreadable = This run cannot be read: { $reason }.
    .advice = { -not-read }
error-imported-table-strange = This run cannot be read: { $file } has columns of a kind that is not read.
    .advice = { -not-read }
error-imported-table-too-long = This run cannot be read: { $file } has { COUNT($rows) } rows, more than the data set can give.
    .advice = { -not-read }
error-imported-progress-strange = This run cannot be read: its progress.jsonl holds what no model tells.
    .advice = { -not-read }
error-imported-of-two-models = This run cannot be read: its settings are of { $model }, its model is { QUOTED($other) }.
    .advice = { -not-read }
error-imported-of-another-version = This run's { $model } was saved by version { $saved } of its code, and this is version { SHORT($known) }.
    .advice = Use the same version of Staying Power, or train the model here.
error-imported-other-settings = This run cannot be read: its model was trained with other settings than it says.
    .advice = { -not-read }
error-imported-ids-not-distinct = This run cannot be read: the ids in { $file } are not distinct texts.
    .advice = { -not-read }
error-imported-users-unknown = { COUNT($strangers) } of the { COUNT($users) } users of this run are not in { $dataset }. User ids are replaced by pseudonyms made with the key of a workspace, and this run comes from one with another key.
    .advice = Train the model here; or import the log without pseudonyms in both workspaces (--set pseudonymise=false).
error-imported-items-unknown = This run cannot be read: { COUNT($strangers) } of its { COUNT($items) } items are not in { $dataset }.
    .advice = { -not-read }
error-imported-history-does-not-fit = This run cannot be read: its history does not fit its users and items.
    .advice = { -not-read }
error-imported-evaluation-of-another = This run cannot be read: its evaluation is of another model or split.
    .advice = { -not-read }
error-imported-evaluation-unknown = This run cannot be read: its evaluation names users or items that its model does not know.
    .advice = { -not-read }

## What changed between two runs.

difference-dataset = Data set
difference-model = Model
difference-setting = { $label }
difference-test-file = Test file, SHA-256
difference-code = Code of { $model }, version
difference-package = Version of { $package }
difference-key = Key
value-dataset = { $dataset } ({ $hash })
dataset-gone = no longer in the workspace
value-text = { $text }
value-count = { COUNT($value) } { $unit }
value-figure = { SHORT($value) } { $unit }
value-switch = { $on ->
        [yes] on
       *[no] off
    }
value-names = { LIST($names) }
value-none = none
value-missing = –
value-encoder = { $encoder } ({ $hash })
encoder-packaged = packaged
value-day = { DATE($time) }
value-moment = { DATE($time) }, { $clock } UTC
