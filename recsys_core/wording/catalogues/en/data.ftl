### Sources, import, cleaning, splits.

## Where a table comes from

error-source-not-named = No { $role } is named.
    .advice = Give the path of a CSV or Parquet file.
error-source-not-found = There is no { $role } at { $path }.
    .advice = Check the path.
error-file-not-found = There is no file { $path }.
    .advice = Check the path, or upload the file on the data page.
error-folder-without-parts = The folder { $folder } holds no .parquet file and no text file.
    .advice = Give a CSV or Parquet file, or a folder of such files.
error-parts-differ = { $file } has the columns { PLAIN($columns) }, but { $first } has { PLAIN($wanted) }.
    .advice = The files of a folder are read as one table: give them the same columns, or name the columns of all.
error-query-address-unreadable = The address of the database cannot be read.
    .advice = Write it as postgresql://user@host:5432/database#table.
error-query-names-no-table = { $address } names no table and no query.
    .advice = Put its name, or the query, after a # at the end.
error-engine-not-available = { $address } cannot be read: nothing that reads { $scheme } is part of this installation.
    .advice = Export the table as CSV or Parquet and import that file.

## Files

error-parquet-empty = { $file } is empty (0 bytes).
    .advice = Export the table again and import that file.
error-parquet-unreadable = { $file } is no readable Parquet file ({ $reason }).
    .advice = Export it again, or bring the table as CSV.
error-parquet-without-rows = { $file } has columns but no rows.
    .advice = Bring a table with at least one event.
error-parquet-misnamed = { $file } is a Parquet file under another name.
    .advice = Rename it to end in .parquet.
error-packed-damaged =
    { $fault ->
        [cut]
            { $file } is not whole: its packed content breaks off where the file ends, at byte { COUNT($at) }.
        [broken]
            { $file } is damaged: at byte { COUNT($at) } of { COUNT($size) } its packed content cannot be right
            ({ $reason }).
        [trailing]
            { $file } goes on behind the end of its packed content with something else: so it is found at byte
            { COUNT($at) } of { COUNT($size) }.
       *[other] { $file } is not packed as its ending says.
    }
    .advice =
        { $fault ->
            [other] Rename it after what it is.
           *[damage] Copy or download it again; its maker's copy may be whole. No row of it was taken.
        }
error-unpacked-too-large = { $file } holds more than { $gigabytes } GB once it is unpacked.
    .advice = Bring a part of it, or raise data.most_unpacked_gb.
error-content-swollen =
    { $file } has { COUNT($size) } bytes and holds more than { $ratio } times as many, as no log does.
    .advice = If it is one, raise data.most_ratio.
error-file-too-large = { $file } has { SHORT($size) } GB; allowed are { $gigabytes }.
    .advice = Bring a part of it, or raise data.most_file_gb.
error-columns-too-many = { $file } has { COUNT($columns) } columns; allowed are { COUNT($most) }.
    .advice = Bring the columns that say who, what and when, and what else you need, or raise data.most_columns.
error-rows-too-many = { $file } has { COUNT($rows) } rows; allowed are { COUNT($most) }.
    .advice = Bring a part of it, or raise data.most_rows.
error-cell-too-long =
    { $file } has a cell of { COUNT($kilobytes) } KB in column { QUOTED($column) }; allowed are { COUNT($most) }.
    .advice = Shorten the texts of that column, or leave it out.
error-cell-not-closed =
    { $file }: the quotation mark on line { COUNT($line) } (byte { COUNT($byte) }) opens a cell that goes on for more
    than { COUNT($most) } KB.
    .advice = Close it at the end of the field, or shorten its text.
error-import-memory = { $file } needs more than the { $gigabytes } GB of memory that an import may take.
    .advice = Bring a part of it, or raise data.most_memory_gb.
error-import-disk = There is not enough room on the disk to import { $file }: { $reason }.
    .advice = Make room where the workspace lies, and import again.
error-import-process-memory = The import of { $file } took more than the { $gigabytes } GB of memory that its process may take, and was stopped.
    .advice = Bring a part of it, or raise data.most_process_gb.
error-import-too-long = The import of { $file } took longer than { COUNT($most) } s and was stopped.
    .advice = Bring a part of it, or raise data.most_seconds.
error-preview-too-long = { $file } could not be looked at within { COUNT($most) } s.
    .advice = Import it from a shell, where data.most_seconds is the limit: python -m recsys_core import LOG.
error-import-disk-full = The disk is full.
    .advice = Make room where the workspace lies, and import again.
error-import-killed = The process of the import was killed, or its computer was restarted. What it had not finished is gone.
    .advice = Import again.
error-import-killed-for-memory = There was not enough memory for the import.
    .advice = Close other programs, bring a part of the file, or lower data.most_memory_gb; then import again.
error-import-crashed = The process of the import broke down ({ $how }). The workspace is as it was.
    .advice = Export the table again, or bring it as CSV. { $log } may say more.
error-import-unforeseen = The import failed in a way that was not foreseen ({ $exception }). The workspace is as it was.
    .advice = { $log } says more.
error-import-not-started = The import could not be started: { $reason }.
    .advice = Make room on the disk, or close other programs, and import again.
error-import-cancelled-elsewhere = The import was cancelled. The workspace is as it was.
    .advice = Import again if that was not meant.
note-import-cancelled = The import of { $file } was cancelled. Nothing was imported.
progress-import-waits = waits for other imports
progress-import-starts = starts
progress-import-reads = reads and measures the file
progress-import-cleans = cleans the rows
progress-import-checks = counts and checks what is left
progress-import-writes = sorts and writes the data set
progress-import-settles = puts the data set in its place
progress-import =
    { $file }: { $doing }, { $known ->
        [yes] { PERCENT($share, digits: 0) } of this step,
       *[no] {""}
    } { COUNT($seconds) } s
error-import-stopped = { $file } cannot be imported: { $reason }.
    .advice = Export the table again, or bring it as CSV.
error-file-unreadable = { $file } cannot be read: { $reason }.
    .advice = Copy the file again, or unpack it first.
error-file-empty = { $file } is empty.
    .advice = Bring a CSV or Parquet file with at least one event.
error-file-binary = { $file } is a binary file, not text (it holds control characters).
    .advice = Export the table as CSV or Parquet.
error-text-unparsable = { $file } cannot be parsed: { $reason }.
    .advice = Mend the file, or export it again as Parquet.
error-text-header-alone = { $file } holds a header and no rows.
    .advice = Bring a file with at least one event.
error-quote-astray =
    { $file } has a quotation mark on line { COUNT($line) } that is opened and never closed, or closed before its field
    ends.
    .advice = Close it at the end of the field, or write it twice ("") where it belongs to the text.
error-fields-differ =
    { $file }: { $every ->
        [yes] { COUNT($lines) } of { COUNT($of) } lines do
       *[no] { COUNT($lines) } lines or more do
    } not have { COUNT($fields) } fields parted by { $separator ->
        [tab] tab
        [space] space
       *[other] “{ $separator }”
    }.
    .advice = Name the right separator, or mend the file.
error-column-names-miscounted =
    { $file } has { COUNT($fields) } fields parted by { $separator ->
        [tab] tab
        [space] space
       *[other] “{ $separator }”
    }, but { COUNT($names) } column names were given.
    .advice = Name all { COUNT($fields) }.
error-separator-not-allowed =
    The separator { $separator } cannot be used: it must be 1 to 4 characters without quotation marks or line breaks.
    .advice = Leave it empty to have it found.

note-columns-numbered = The first row of { $file } holds values, not names; columns are numbered.
note-mixed-line-ends = { $file } mixes two kinds of line ends; both were taken.
note-other-encoding = { $file } is not UTF-8; it was read as { $encoding }.
note-no-check-sum =
    { $file } was packed without a check sum, so that it cannot be told whether all of its content is as it was.
note-broken-characters = { $file } holds some characters that are not UTF-8; they were replaced by “�”.

## Columns

error-column-missing =
    { $file } has no column { QUOTED($column) } for the { $role }. Its columns are: { PLAIN($columns) }.
error-column-named-twice = Column { QUOTED($column) } is named for the { $first } and for the { $second }.
    .advice = Give each its own.
error-columns-not-found =
    { $file } has no column that looks like the { $first }{ $second ->
        [item] {" or the item"}
        [time] {" or the time"}
       *[other] {""}
    }{ $third ->
        [time] {" or the time"}
       *[other] {""}
    }. Found: { PLAIN($columns) }. { $several ->
        [yes] {""}
       *[no] Only one column was found, so the separator may be wrong.
    }
    .advice = Name the column with --{ $first }, or choose it on the data page.
error-no-times =
    Column { QUOTED($column) } of { $file } holds no times: found values like { $shown ->
        [0] nothing but empty cells
       *[other] “{ PLAIN($examples, between: "”, “") }”
    }.
    .advice = Wanted are ISO 8601 (2026-03-01T18:30:00Z), epoch seconds or milliseconds. Choose another column.
error-times-not-believable =
    { COUNT($rows) } rows of { $file } ({ PERCENT($share, digits: 0) }) have a time in column { QUOTED($column) } that cannot be believed: it runs from { DATE($first) } to { DATE($last) }, and believed are { DATE($earliest) } to { DATE($latest) }.
    .advice = Choose another column, or write its times in one unit. Where they are right, change data.earliest_time or data.days_ahead.
error-earliest-time-no-date = data.earliest_time is { QUOTED($value) }; write it as 1990-01-01 or 1990-01-01T18:00:00Z, in UTC.
error-text-column-missing =
    { $file } has no column { QUOTED($column) } for the item text. Its columns are: { PLAIN($columns) }.

## Cleaning

error-no-row-has =
    { $file }: none of the { COUNT($rows) } rows has { $role ->
        [user] a user
        [item] an item
       *[time] a readable time
    }.
    .advice = Choose another column for it, or mend the file.
error-side-table-unmatched =
    None of the { COUNT($ids) } { $role } of the log stands in the { $role } table, so the two do not belong together.
    .advice =
        Both need a column of { $role ->
            [items] item
           *[users] user
        } ids under the same name.
error-card-damaged = The card of data set { QUOTED($dataset) }, { $file }, is damaged or of another version.
    .advice = Restore a backup, or delete the data set with `delete dataset { $dataset } --yes` and import the log again.
error-dataset-times-not-believable =
    Data set { QUOTED($dataset) } holds times from { DATE($first) } to { DATE($last) }, which an earlier version took in.
    .advice = Delete it with the command `delete dataset { $dataset } --yes`, or on the page Data, then import the log again.

step-verbatim = { $text }
step-lines-read = lines that can be read
step-rows-with-user = rows with a user
step-rows-with-item = rows with an item
step-rows-with-time = rows with a readable time
step-rows-with-believable-time = rows with a believable time
step-no-stray-times = no stray times
step-duplicates-once = duplicate rows once
step-users-forgotten = { $users ->
    [one] without 1 user who was forgotten on request
   *[other] without { COUNT($users) } users who were forgotten on request
}

## What was noticed

issue-verbatim = { $issue }
    .detail = { $found }
    .action = { $advice }
issue-reading = reading
    .detail = { $note }
    .action = Check the columns.
issue-rows-left-out = { $step }
    .detail = { COUNT($rows) } rows were left out.
    .action = Look at these rows in the file if you did not expect them.
issue-day-or-month-first = day or month first
    .detail = Every date reads both ways; month first was taken.
    .action = Write dates as 2026-03-01 and import again if that is wrong.
issue-no-time-zone = no time zone
    .detail = Times name no zone and were read as UTC.
    .action = Add an offset (+02:00) if they are local times.
issue-future-times = in the future
    .detail = { COUNT($rows) } events lie after today.
    .action = Set the log's end on the retention page, or mend the clock that wrote them.
issue-short-log = short log
    .detail = The log spans { DAYS($days) } days; lapses need weeks to show.
    .action = Bring { $wanted } days or more for retention curves.
issue-time-ties = ties in time
    .detail = { PERCENT($share) } of events share user and second.
    .action = Their order is set by item id; models that read sequences feel this.
issue-recommender-missing = no recommender named
    .detail = { PERCENT($share) } of events name no recommender.
    .action = Fine for events before a user's first exposure; they still count as activity.
issue-small-arm = small arm
    .detail = Arm { QUOTED($arm) } has { COUNT($rows) } users.
    .action = Check for a misspelt arm.
issue-one-event-kind = one kind of event
    .detail = All events are of one kind, so all count as activity.
    .action = Fine, if none of them are impressions.
issue-repeated-ids = repeated { $role } ids
    .detail = { COUNT($rows) } rows of { $file } repeat the id of another { $role }, or have none.
    .action = One row per id was kept; mend the table.
issue-ids-without-row = { $role } without a row
    .detail = { COUNT($rows) } of the log's { COUNT($ids) } { $role } are not in the { $role } table.
    .action = Their attributes count as missing.
personal-column =
    Column { QUOTED($column) } of the { $table ->
        [log] log
       *[other] { $table } table
    } { $looks ->
        [email] looks like e-mail addresses
        [phone] looks like phone numbers
        [name] looks like names of people
       *[user-id] repeats ids of users
    }.
issue-personal-left-out = column { $column } left out
    .detail = Column { QUOTED($column) } of the { $table } table { $looks ->
        [email] looks like e-mail addresses
        [phone] looks like phone numbers
        [name] looks like names of people
       *[user-id] repeats ids of users
    }, so it was not stored.
    .action = Name it with --keep-personal, or tick it on the data page, if you need it and may keep it.
issue-personal-kept = personal data in { $column }
    .detail = Column { QUOTED($column) } of the { $table ->
        [log] log
       *[other] { $table } table
    } { $looks ->
        [email] looks like e-mail addresses
        [phone] looks like phone numbers
        [name] looks like names of people
       *[user-id] repeats ids of users
    } and is stored as it comes.
    .action = Import again without it if you do not need it.

check-data-issue = { CAPITAL($issue) }
    .short =
        { $rows ->
            [0] noted
            [one] 1 row
           *[other] { COUNT($rows) } rows
        }
    .detail = { $told }
check-data-clean = Checks
    .short = nothing odd found
    .detail = Times, ids, duplicates and arms were looked at.

## Splits

error-event-unknown =
    { $setting } names { QUOTED($event) }, which the log does not have. Its events are: { $known ->
        [0] none (the log has no event column)
       *[other] { PLAIN($events) }
    }.
error-split-leaves-nothing =
    The split leaves no event to { $part } on: { COUNT($before) } before and { COUNT($after) } after it.
    .advice = Move split.test_from, or bring a longer log.
error-test-file-missing = split.test_file is { QUOTED($path) }, which is no file.
    .advice = Give a table of test events.
error-test-file-column-missing =
    split.test_file has no column { QUOTED($column) }; it needs the log's own columns { QUOTED($user) } and
    { QUOTED($item) }. It has: { PLAIN($columns) }.
error-test-file-unmatched = None of the { COUNT($rows) } rows of split.test_file is an event of this log.
    .advice = Give users and items as the log writes them.

error-sample-too-small = A sample study with { $users } users was asked for: ask for 30 or more.
