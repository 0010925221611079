### What every room may say.

verbatim = { $text }

error-term-unknown = The glossary has no term { QUOTED($slug) }. It has: { PLAIN($known) }.
note-term-unknown = The glossary has no term { QUOTED($slug) }; all it has stand below.
