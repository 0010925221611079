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
