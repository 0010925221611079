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
line-id-table-deleted = { $found ->
    [yes] The way back from the pseudonyms of data set { $dataset_id } { $deleted ->
        [yes] is deleted.
       *[no] would go.
    }
   *[no] Data set { $dataset_id } has no table of pseudonyms and ids.
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

error-forgetting-without-id-key =
    Data set { $dataset_id } has a table of pseudonyms and ids that cannot be read without its key, so nobody was forgotten.
    .advice = Name the file of the key in STAYING_POWER_ID_KEY, or delete the table: `delete ids { $dataset_id }`.

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
note-user-forgotten = The user is forgotten: { $events ->
    [one] 1 event
   *[other] { COUNT($events) } events
} and { $runs ->
    [0] no run
    [one] 1 run
   *[other] { COUNT($runs) } runs
} went.
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

## The way back from a pseudonym, and the keys

error-id-key-missing = The key of the tables of pseudonyms and ids is not at { $path }.
    .advice = Name the file that holds it in STAYING_POWER_ID_KEY, or give the log that was imported with --log.
error-id-key-damaged = { $path } holds no key of tables of pseudonyms and ids.
    .advice = Put it back from where it is kept safe, or give the log that was imported with --log.
error-id-key-of-another = The key in { $path } is not the one that a table of pseudonyms and ids was written under.
    .advice = Name the file with the right key in STAYING_POWER_ID_KEY, or give the log that was imported with --log.
error-id-table-damaged = { $path } is damaged, or is not of the data set that it lies with.
    .advice = Put it back from a backup, or give the log that was imported with --log.
error-no-id-table = Data set { $dataset_id } keeps no way back from its pseudonyms.
    .advice = Give the log that it was made from with --log, or import that again with --set id_table=yes.
error-data-set-without-pseudonyms = Data set { $dataset_id } has no pseudonyms: its users stand in it as the log had them.
    .advice = Read the ids off the data set.
error-too-many-pseudonyms = { COUNT($asked) } pseudonyms are more than the { COUNT($most) } that are looked up at a time.
    .advice = Ask for fewer at once.
error-log-without-user-column = { $file } has no column { QUOTED($column) }, which held the users. It has: { LIST($columns) }.
    .advice = Give the log that the data set was made from.

line-not-identified = Neither the data set nor its way back knows { LIST($pseudonyms) }.
line-keys-rotated = The next import makes pseudonyms under a new key. { $kept ->
    [0] No data set keeps an earlier one.
    [one] 1 data set keeps the earlier one: to bring it under the new, delete it and import its log again.
   *[other] { COUNT($kept) } data sets keep earlier ones: to bring one under the new, delete it and import its log again.
} { $tables ->
    [0] {""}
    [one] 1 table of pseudonyms and ids was written anew under a new key.
   *[other] { COUNT($tables) } tables of pseudonyms and ids were written anew under a new key.
}
line-rotate-give-yes = Nothing is changed yet; give --yes to make both keys anew. Data sets that are there keep their pseudonyms.

## How long things are kept

error-periods-damaged = { $path }, which says how long reports and runs are kept, is damaged.
    .advice = Set the periods again: `tidy --reports-days DAYS --runs-days DAYS --remember`, after the file is deleted.
line-periods = Reports are kept { $reports ->
    [0] until they are deleted
    [one] 1 day
   *[other] { COUNT($reports) } days
}, runs { $runs ->
    [0] until they are deleted
    [one] 1 day
   *[other] { COUNT($runs) } days
} after their last use, pinned ones until they are deleted.
line-overdue-run = run { $run_id }, { SIZE($bytes) }, not used for { COUNT($days) } days
line-overdue-report = report { $report }, { COUNT($days) } days old
line-tidied = { $removed ->
    [yes] Removed
   *[no] Would go, with --yes
}: { COUNT($runs) } runs, { COUNT($reports) } reports.

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
