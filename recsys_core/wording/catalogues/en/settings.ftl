### Settings and study files.

error-setting-wrong-type =
    { $stage }.{ $field } is { $found }, but it must be { $wanted ->
        [bool] true or false
        [int] a whole number
        [float] a number
        [str] text
       *[names] a list of names
    }.
    .advice = { $help }
error-setting-not-allowed =
    { $stage }.{ $field } { $several ->
        [yes] holds
       *[no] is
    } { $found }; allowed are '{ PLAIN($allowed, between: "', '") }'.
error-setting-out-of-range =
    { $stage }.{ $field } is { SHORT($found) }; allowed is between { SHORT($low) } and { SHORT($high) }.
error-setting-too-low = { $stage }.{ $field } is { SHORT($found) }; allowed is { SHORT($low) } or more.
error-setting-unknown =
    There is no setting { $stage }.{ $field }. The settings of this stage are: { PLAIN($known) }.
error-assignment-unreadable = --set { $assignment } is not field=value with one of: { PLAIN($known) }.

error-setting-too-long = { $stage }.{ $field } has { COUNT($characters) } characters; allowed are { COUNT($most) }.
error-setting-of-many-texts = { $stage }.{ $field } holds { COUNT($texts) } entries; allowed are { COUNT($most) }.
error-setting-no-text = { $stage }.{ $field } is { $found }, which holds signs that no file can hold.
    .advice = Write it anew.
error-setting-year-not-believable = { $stage }.{ $field } holds { QUOTED($found) }; allowed are the years { $first } to { $last }.
    .advice = Write dates as 2026-08-27, or 2026-08-27T18:00:00Z.
error-setting-not-in-address = { $setting } names a file, and an address names none: it was left out.
    .advice = Set it in the study file, or with --set of a command.
error-place-not-allowed = { $setting } names { QUOTED($path) }, which lies outside the folders that settings may name: { PLAIN($folders) }.
    .advice = Put it beside the study file, or allow its folder with STAYING_POWER_FOLDERS.
error-file-not-regular = { $path } is no regular file but a folder, a device or a pipe; nothing was read.
    .advice = Give a file.
error-named-file-too-large = { $path } has { SIZE($bytes) }; what it is named for takes { SIZE($most) } at most.
    .advice = Check that it is the file that was meant.

error-study-file-missing = There is no study file { $path }.
    .advice = Give the path of a TOML file.
error-study-file-not-toml = { $path } is not a readable TOML file: { $reason }.
    .advice = Mend that line and run again.
error-study-file-unreadable = { $path } cannot be read: { $reason }.
    .advice = Give the path of a TOML file.
error-stage-unknown = There is no stage { QUOTED($stage) }. The stages are: { PLAIN($known) }.
error-section-unknown =
    { $place ->
        [study] The study
       *[other] {"["}{ $place }{"]"}
    } has a section {"["}{ $section }{"]"}; allowed are { PLAIN($allowed) }.
error-section-not-a-table =
    {"["}{ $section }{"]"} must be a section with one line per setting, found { $found }.

## In widgets

label-choose-for-me = choose for me
label-chosen = { $value } (chosen)
