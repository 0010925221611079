### The folder that holds what is true beyond a session.

error-workspace-not-usable = The workspace { $folder } cannot be used: { $reason }.
    .advice = Give a folder that you may write to with --workspace or STAYING_POWER_HOME.
error-no-such-dataset = { $datasets ->
    [0] The workspace holds no data set { QUOTED($dataset_id) }. It holds: none yet.
   *[other] The workspace holds no data set { QUOTED($dataset_id) }. It holds: { PLAIN($known) }.
}
    .advice = Import a log to make one.
error-unforeseen = Something went wrong that nobody foresaw ({ $what }, reference { $reference }). What is stored is as it was.
    .advice = Try once more, and run `verify`, which looks for damage; { $log } says where it happened.
error-unforeseen-unlogged = Something went wrong that nobody foresaw ({ $what }, reference { $reference }). What is stored is as it was.
    .advice = Try once more; where it happened could not be written down, since the workspace cannot be written.
error-disk-full = The disk is full.
    .advice = Make room: `cache` lists what can go. What was stored before is whole.
title-page-stopped = This part of the page cannot be shown.
error-stored-file-damaged = { $file } is damaged: it is not what was stored, and nothing was computed from it.
    .advice = Restore a backup, or delete the data set with `delete dataset { $dataset_id } --yes` and import the log again.
error-sums-damaged = { $file }, which holds the sums of the files beside it, is damaged.
    .advice = Restore a backup, or delete that file, and `verify --record` looks at the others and writes it anew.
error-pseudonym-key-damaged = The key of the pseudonyms, { $path }, is damaged.
    .advice = Put it back from a backup. Without one, give `import --new-key`: from then on users get other pseudonyms, and those of earlier data sets are found by their pseudonyms alone.
error-pseudonym-key-lost = The key of the pseudonyms, { $path }, is lost, and data sets stand under its pseudonyms: { LIST($datasets) }.
    .advice = Put it back from a backup, or delete these data sets. Without a backup, give `import --new-key`: from then on users get other pseudonyms, and those of earlier data sets are found by their pseudonyms alone.
error-pseudonym-key-whole = The key of the pseudonyms, { $path }, is whole, so no other one was made.
    .advice = Leave --new-key out.
error-pseudonym-key-gone = The key of this data set's pseudonyms, { $path }, is not there any more.
    .advice = Put it back from a backup. Until then nothing that knows users by their ids fits this data set.
note-of-others =
    { $files ->
        [one] 1 file or folder
       *[other] { COUNT($files) } files and folders
    } in the workspace { $folder } { $files ->
        [one] belongs
       *[other] belong
    } to another user, who may read and change what is there. They were left as they are.
