"""Compare: the room for offline ranking quality; it says what it will hold."""

from dashboard.page import start_page
from dashboard.verdict import show_definitions, show_empty

start_page("Compare", "ranking quality, one split by time")
show_empty(
    "There are no trained models to compare yet.",
    "This page needs recommenders trained on your log, and training comes with the next version. How long the users "
    "of your own arms stay is on the retention page already.",
)
show_definitions(
    (
        ("Will hold", "NDCG, recall and coverage of each model on all items, with intervals over users."),
        ("Split", "Train before one moment, test after it; never a random split that lets the future in."),
        ("Baselines", "What was popular last week is always among them, and is named first when it wins."),
        ("Differences", "Paired by user, with intervals, corrected for the number of comparisons."),
    )
)
