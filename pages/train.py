"""Train: the room for fine-tuning recommenders; it says what it will hold."""

from dashboard.page import start_page
from dashboard.verdict import show_definitions, show_empty

start_page("Train", "recommenders, trained on your log in the background")
show_empty(
    "Nothing can be trained here yet.",
    "This version compares the recommenders that your log already names. Training comes with the next one; nothing "
    "on the other pages depends on it.",
)
show_definitions(
    (
        ("Will hold", "BERT bi-encoder fine-tuned on your items' texts, collaborative filters, and simple baselines."),
        ("Runs", "One process per run, with checkpoints; it goes on when this tab or the server closes."),
        ("Needed", "A log with users, items and times; titles or descriptions of the items for the BERT models."),
        ("Meanwhile", "Name the recommender column when you import, and read Retention."),
    )
)
