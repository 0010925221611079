"""What it costs to have the library at hand, against the dashboard framework that is loaded beside it."""

from benchmarks.run import Job

JOBS = (Job("start-up", "import", "streamlit", ours="import recsys_core", against="import streamlit"),)
