### What only the command line says.

line-imported = { $data_set }: { COUNT($rows) } of { COUNT($rows_in) } rows, { COUNT($users) } users
line-data-set = data set { $dataset_id }
line-arm = { $arm }: { COUNT($users) } users, { FIGURE($estimate) } of { SHORT($days) } days ({ LIMITS($lower, $upper) })
line-no-runs = no runs yet
line-report = report { $path }

error-option-not-numbers = { $option } is { QUOTED($text) }; give numbers parted by commas, as in 30,60.
error-file-not-usable = { $reason }: { $file }.
    .advice = Check that the disk has room and may be written to.
error-disk-not-usable = { $reason }: a file.
    .advice = Check that the disk has room and may be written to.
