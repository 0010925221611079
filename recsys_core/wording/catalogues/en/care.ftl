### What becomes of the data in a workspace: deleting, forgetting, backup and restore.

error-dataset-trains = Data set { $dataset_id } is in use by { LIST($runs) }, so it is not deleted.
    .advice = Stop them first: `cancel RUN`.
error-dataset-has-pinned = Data set { $dataset_id } has pinned runs, { LIST($runs) }, so it is not deleted.
    .advice = Unpin them with `cache unpin RUN`, or ask for their deletion too: --pinned.
error-no-such-report = { $reports ->
    [0] The workspace's reports/ holds no { QUOTED($report) }. It holds: nothing.
   *[other] The workspace's reports/ holds no { QUOTED($report) }. It holds: { PLAIN($known) }.
}
    .advice = A report that was written elsewhere is yours to delete.

line-holdings = { $data_set } ({ $dataset_id }), { SIZE($bytes) }, { $deleted ->
    [yes] is deleted, and with it
   *[no] would go for good, and with it
}:
line-holdings-study = the settings of its study
line-holdings-run = run { $run_id }, { SIZE($bytes) }{ $pinned ->
    [yes] , pinned
   *[no] {""}
}
line-holdings-measurements = { $files ->
    [one] 1 measurement
   *[other] { COUNT($files) } measurements
} of what training takes
line-holdings-texts = { $files ->
    [one] 1 file
   *[other] { COUNT($files) } files
} of what was computed of item texts
line-holdings-report = report { $report }, which names it
line-study-deleted = { $found ->
    [yes] The settings of the study of data set { $dataset_id } { $deleted ->
        [yes] are deleted; it opens with the defaults.
       *[no] would go; it would open with the defaults.
    }
   *[no] Data set { $dataset_id } has no settings of its own.
}
line-report-deleted = report { $report } { $deleted ->
    [yes] is deleted
   *[no] would go
}
line-give-yes = Nothing is deleted yet; give --yes to do it. Reports and archives written elsewhere are yours to delete.

## Forgetting a user

error-user-not-in-data-set = Data set { $dataset_id } has no user of this { $by_pseudonym ->
    [yes] pseudonym
   *[no] id
}.
    .advice = Write it as { $by_pseudonym ->
        [yes] the data set does
       *[no] the log did
    }; small and capital letters are told apart.
error-user-is-the-only-one = Data set { $dataset_id } has no other user.
    .advice = Delete the data set: `delete dataset { $dataset_id }`.
error-forgetting-while-training = Data set { $dataset_id } is in use by { LIST($runs) }, so nobody was forgotten.
    .advice = Stop them first: `cancel RUN`.
error-forgetting-with-pinned = Data set { $dataset_id } has pinned runs, { LIST($runs) }, which name their users.
    .advice = Unpin them with `cache unpin RUN`, or ask for their deletion too: --pinned.

line-traces = In data set { $dataset_id } the user { $forgotten ->
    [yes] had
   *[no] has
} { $events ->
    [one] 1 event
   *[other] { COUNT($events) } events
} and { $described ->
    [yes] a row
   *[no] no row
} in a users table. { $forgotten ->
    [yes] They are gone, and with them these runs and reports, where there are any:
   *[no] They would go, and with them these runs, where there are any:
}
line-traces-report = report { $report }{ $deleted ->
    [yes] {""}
   *[no] , which names the data set and stays unless --reports is given
}
line-traces-elsewhere = The same id stands in the data sets { LIST($datasets) } too.
line-forget-give-yes = Nobody is forgotten yet; give --yes to do it.

## The log of what was done

line-audit-empty = nothing was done yet
line-audit-damaged = { $lines ->
    [one] 1 line
   *[other] { COUNT($lines) } lines
} of audit.jsonl cannot be read.

## Backup and restore

error-backup-inside = { $file } lies in the workspace that is to be backed up.
    .advice = Give a file elsewhere, best on another disk.
error-backup-restless = The workspace changes faster than it can be copied: { $file }, for one. No backup was written.
    .advice = Try again when no import or training is about to end.
error-backup-no-manifest = The file is no backup of a workspace: its { $manifest } is missing or damaged.
    .advice = Give a file that `backup` wrote.
error-backup-of-later-format = The backup is of format { $format }, and this program knows { $known }.
    .advice = Restore it with the version that wrote it, or a later one.
error-backup-strange = The backup holds { QUOTED($file) }, which no backup holds. Nothing was restored.
    .advice = Give a file that `backup` wrote.
error-backup-other-files = The backup holds other files than its { $manifest } lists. Nothing was restored.
    .advice = Copy the file again from where it was kept.
error-backup-of-damaged = The workspace is damaged, and a backup would keep the damage: { LIST($files) }. No file was written.
    .advice = `verify` says what to do about each.
error-backup-damaged = { QUOTED($file) } is damaged in the backup. Nothing was restored.
    .advice = Copy the file again from where it was kept, or take an earlier one.
error-backup-too-large = The backup holds { SIZE($bytes) } in { COUNT($files) } files, which is more than can be restored.
    .advice = Give a file that `backup` wrote.
error-backup-without-room = The backup takes { SIZE($bytes) }, and the disk of { $folder } has not that much free.
    .advice = Make room, or restore to another disk.
error-restore-not-empty = { $folder } is not empty, so nothing was restored.
    .advice = Name a new folder with --workspace.

line-backup = { COUNT($files) } files, { SIZE($bytes) }, in { $file }. The key of the pseudonyms is in it: keep it private.
line-restored = { $datasets ->
    [one] 1 data set is
   *[other] { COUNT($datasets) } data sets are
} in the workspace { $folder } again; every file was checked.

## Going over what is stored

error-report-damaged = The report { $file } is cut short, empty or no report.
    .advice = Write it again, or delete it with `delete report { $report } --yes`.
error-model-file-damaged = { $file } is damaged or missing.
    .advice = Delete the run with `cache delete { $run_id }`, and train the model again, or restore a backup.
error-registry-damaged = The registry of runs, { $path }, is damaged: { $reason }.
    .advice = Restore a backup, or move the file away: finished models are trained again.
error-sums-not-recorded = Nothing is known of { $dataset_id } as it was imported: no sums were kept.
    .advice = `verify --record` reads it whole and keeps its sums from then on.
error-dataset-not-as-counted = The interactions of { $dataset_id }, { $file }, have { COUNT($rows) } rows, and its card says { COUNT($counted) }.
    .advice = Restore a backup, or delete the data set with `delete dataset { $dataset_id } --yes` and import the log again.
line-verified = { $damaged ->
    [0] Nothing of { COUNT($things) } things is damaged.
   *[other] { COUNT($damaged) } of { COUNT($things) } things { $damaged ->
        [one] is
       *[other] are
    } damaged.
}{ $unknown ->
    [0] {""}
   *[other] {" "}Of { COUNT($unknown) } nothing is known.
}
verified-dataset = data set
verified-study = study
verified-run = run
verified-registry = registry
verified-measurement = measurement
verified-report = report
verified-key = key
