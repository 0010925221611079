### What a run is, what it will take, and how that is measured.

error-run-without-texts = { $model } reads item texts, and { $dataset } has none.
    .advice = Import the log again with a table of items and its text columns, or train a model that needs no text.
error-run-id-malformed = { QUOTED($run) } is no id of a run.
    .advice = They read like ease-0123456789abcdef; `runs DATASET` lists them.
error-test-file-unreadable = split.test_file is { QUOTED($file) }, which cannot be read: { $reason }.
    .advice = Give a table of test events.
error-input-no-run = { $model }.{ $option } is { QUOTED($given) }, which is neither a model nor the id of a run.
    .advice = Name one of the models, or a run as `runs DATASET` lists them.
error-input-with-inputs = { $model }.{ $option } is { $other }, which builds on another model itself.
    .advice = Train { $other } first and give the id of its run.
error-input-not-finished = { $model } builds on the run { $run }, which is not finished here.
    .advice = Train that one first, then { $model } again.
error-input-on-another-split = { $model } builds on the run { $run }, which learnt from another data set or split.
    .advice = Name a run on the same split.

basis-rule = by a rule of thumb
basis-last-run = going by the last run of this model on this computer
basis-several = from measurements, earlier runs and rules of thumb
basis-trained-already = trained already with these settings
basis-measured = measured on { $what } on { $place }{ $beside ->
        [0] {""}
        [one] {" "}beside { COUNT($beside) } other run
       *[other] {" "}beside { COUNT($beside) } other runs
    }
measured-here = this computer
measured-on-device = { $device }
measured-whole = all of its training
measured-share = the first { PERCENT($share, digits: 0) } of its training
measured-batches = { COUNT($batches) } { $batches ->
        [one] batch
       *[other] batches
    }

measurement-without-batch = It came to no batch within { SHORT($seconds) } s: the time stays a rule of thumb.
measurement-step-too-long = A single step took longer than { SHORT($seconds) } s: it was stopped.
measurement-failed = { $what } { $todo }
measurement-killed = Its process was killed, often for want of memory: choose smaller settings, or close other programs.
measurement-not-started = Its process could not be started: { $reason }.

disk-short = { $model } needs about { ROOM($needed) } of disk, and { ROOM($free) } are free in the workspace. Free disk space, remove old runs, or move the workspace (STAYING_POWER_HOME).
memory-short = { $model } needs about { ROOM($needed) } of memory, and { ROOM($free) } are free. { $relief } or close other programs.
relief-lower = Lower its { INSIDE($option) } to { COUNT($value) },
relief-other-model = Choose a model that needs less,

error-measurement-damaged = { $file } is damaged: what was measured of this run is not known any more.
    .advice = Delete that file; the run can be measured again.
