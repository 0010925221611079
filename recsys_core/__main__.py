"""The command line: `python -m recsys_core COMMAND`; `--help` lists the commands.

With `--json`, one JSON object goes to standard output and nothing else, also where the command fails:
{"error": {kind, sentence, advice}}. Progress and messages go to standard error.
Exit codes: 0 good, 1 the user's data or settings need mending (the message says how), 2 wrong usage,
70 an error of the product's own (errors.log of the workspace says where), 130 interrupted,
141 nobody reads the answer.
"""

from recsys_core.command_line.parser import main

if __name__ == "__main__":
    raise SystemExit(main())
