### What every room may say.

verbatim = { $text }
verdict-verbatim = { $sentence }
    .title = { $title }
