"""The page Train, with runs that stand as each test needs them; no process is started."""

import subprocess
import sys
import time

import pytest

from recsys_core.answers import message, verbatim
from recsys_core.data.dataset import Dataset
from recsys_core.machine import ROOT
from recsys_core.models.cards import all_cards
from recsys_core.runs.cost import measuring_queue
from recsys_core.runs.cost.estimate import RULE, Estimate
from recsys_core.runs.life.run import find_run, list_runs, registry, run_folder
from recsys_core.runs.start import launch
from recsys_core.settings import MODELS, EaseSettings, RetentionSettings, SplitSettings
from tests.logs import arm_log
from tests.pages.reading import button, html_of, text_of

NDCG = {"ndcg": 0.1042, "recall": 0.21}


@pytest.fixture(autouse=True)
def started(monkeypatch):
    """Runs that would have got a process."""
    found = []
    monkeypatch.setattr(launch, "_start_process", lambda _book, _folder, plan, _number: found.append(plan.run_id))
    return found


@pytest.fixture
def study(bring):
    return bring(arm_log({"": 0.02}, users=20), inactivity_days=7)


@pytest.fixture
def asked(space, study):
    """Ask for a model as the page would; returns the run's id."""

    def ask(model="popular", **options):
        settings = MODELS[model](**options)
        dataset = Dataset.open(space, study)
        return launch.train(space, dataset, settings, SplitSettings(), RetentionSettings(inactivity_days=7)).run_id

    return ask


@pytest.fixture
def ended(space, asked):
    """Ask for a model and end its run in a state."""

    def end(model, state, error=None, **options):
        run_id = asked(model, **options)
        book = registry(space)
        book.enter(run_id, 1)
        book.tell(run_id, 1, 0.45, verbatim("on the way"))
        book.end(run_id, 1, state, error=error, metrics=NDCG if state == "finished" else None)
        for name in ("model", "evaluation"):
            (run_folder(space, run_id) / name).mkdir()
        (run_folder(space, run_id) / "model" / "model.json").write_text("{}")
        return run_id

    return end


def named(app, key):
    return next(found for found in app.button if found.key == key)


def choosing(app):
    """Open the form."""
    return named(app, "open_train_form").click().run()


def tick(app, *models):
    for model in models:
        box = app.checkbox(key=f"train_{model}")
        app = (box.uncheck() if box.value else box.check()).run()
    assert not app.exception
    return app


def ticked(app):
    return [box.label for box in app.checkbox if box.key.startswith("train_") and box.value]


def test_an_empty_page_offers_all_models_that_the_data_allow(open_page, study, started, space):
    app = open_page("train")
    assert "Nothing is trained on this split yet." in text_of(app)
    assert "of disk, by a rule of thumb." in text_of(app)
    app = button(app, "Choose models").click().run()
    assert "Models that read text need a table of items with titles or descriptions" in text_of(app)
    light = sorted(card.name for card in all_cards() if not card.needs_text)
    app = button(app, "Train all six models").click().run()
    assert sorted(run.model for run in list_runs(space, study)) == light
    assert len(started) == 6
    assert "Six models wait." in text_of(app)
    assert "Starts." in text_of(app)


def test_the_page_says_how_all_runs_stand(open_page, space, asked, ended):
    ended("ease", "finished")
    failed = ended("item-knn", "failed", message("error-run-out-of-memory", exception="MemoryError"))
    (run_folder(space, failed) / "log.txt").write_text("first\nTraceback: <b>last</b>\n")
    ended("bpr", "cancelled")
    running = asked("ials")
    registry(space).enter(running, 1)
    registry(space).tell(running, 1, 0.25, verbatim("Pass 3 of 15."))
    app = open_page("train")
    text, html = text_of(app), html_of(app)
    assert "One model is training, one is ready, one failed, one was cancelled." in text
    assert "Pass 3 of 15." in text
    assert 'aria-valuenow="25"' in html
    assert "NDCG 0.104 in lists of 10. Trained on" in text
    assert "There was not enough memory (MemoryError)." in text
    assert any("Traceback: <b>last</b>" in found.value for found in app.code)
    assert "What to do. Use a smaller batch" in text
    assert "Stopped at 45 %. It had reached no checkpoint: Resume starts it anew." in text
    assert [found.label for found in app.button if "_run" not in str(found.key)].count("Cancel") == 1
    assert html.index(">ials<") < html.index(">ease<"), "active runs come first"


def test_cancel_asks_the_run_to_stop(open_page, space, asked):
    run_id = asked()
    app = named(open_page("train"), f"cancel_{run_id}").click().run()
    assert not app.exception
    assert registry(space).row(run_id)["cancel"] == 1
    assert named(app, f"cancel_{run_id}").disabled
    assert "Stops." in text_of(app)


def test_a_cancelled_run_is_resumed(open_page, space, ended, started):
    run_id = ended("popular", "cancelled")
    (run_folder(space, run_id) / "checkpoints").mkdir()
    (run_folder(space, run_id) / "checkpoints" / "step").touch()
    app = open_page("train")
    assert "Resume goes on from its last checkpoint." in text_of(app)
    app = named(app, f"resume_{run_id}").click().run()
    assert started == [run_id, run_id]
    assert "Starts again." in text_of(app)


def test_a_run_without_its_settings_cannot_be_resumed(open_page, space, ended):
    run_id = ended("popular", "failed", verbatim("No."))
    (run_folder(space, run_id) / "settings.json").unlink()
    assert named(open_page("train"), f"resume_{run_id}").disabled


def test_a_model_is_chosen_set_and_started(open_page, space, study, asked, started):
    asked()
    app = choosing(open_page("train", {"ease.regularisation": "50"}))
    assert ticked(app) == ["recent-popular"], "the first that is not there yet"
    app = tick(app, "ease", "recent-popular")
    assert ticked(app) == ["ease"]
    assert "Changed: regularisation 50" in text_of(app)
    assert "Linear autoencoder with a closed form" in text_of(app)
    assert app.number_input(key="ease.regularisation").value == 50
    app = app.number_input(key="ease.regularisation").set_value(70).run()
    assert app.query_params["ease.regularisation"] == "70.0"
    app = button(app, "Start").click().run()
    run = list_runs(space, study)[-1]
    assert (run.model, started[-1]) == ("ease", run.run_id)
    assert "regularisation 70" in text_of(app)
    assert launch.plan_of(space, run.run_id).model == EaseSettings(regularisation=70)


def test_a_run_that_was_there_is_from_the_cache(open_page, ended, started):
    ended("popular", "finished")
    app = open_page("train")
    assert "from cache" not in text_of(app)
    app = tick(choosing(app), "recent-popular", "popular")
    assert "Trained already with these settings." in text_of(app)
    app = button(app, "Start").click().run()
    assert len(started) == 1
    assert "ready, from cache" in text_of(app)
    assert "reused, nothing trained. NDCG 0.104 in lists of 10." in text_of(app)


def test_two_runs_of_one_model_are_told_apart(open_page, asked):
    asked("ease")
    asked("ease", regularisation=50)
    html = html_of(open_page("train"))
    assert (">ease<" in html, ">ease 2<" in html, "regularisation 50" in html) == (True, True, True)


def test_runs_on_another_split_are_counted(open_page, asked):
    asked()
    app = open_page("train", {"split.method": "leave-last-out"})
    assert "Nothing is trained on this split yet." in text_of(app)
    app = button(app, "Train all six models").click().run()
    assert "1 run on another split: not shown, not lost." in text_of(app)


def test_curves_are_drawn_where_a_model_told_figures(open_page, space, asked):
    run_id = asked()
    line = '{"attempt": 1, "seconds": 1, "share": 0.%d, "message": "", "figures": {"epoch": 0.%d, "loss": %d}}\n'
    path = run_folder(space, run_id) / "progress.jsonl"
    path.write_text(line % (1, 1, 4) + line % (2, 2, 3))
    app = open_page("train")
    assert "The first evaluation is still to come." in text_of(app)
    assert len(app.get("plotly_chart")) == 1
    path.write_text(path.read_text() + (line % (3, 3, 3)).replace("loss", "ndcg"))
    assert len(open_page("train").get("plotly_chart")) == 2


def test_settings_that_do_not_fit_are_said_on_the_page(open_page, study, space):
    app = open_page("train", {"split.test_from": "1999-01-01"})
    assert "This log cannot be split so." in text_of(app)
    assert "outside the log, which runs from" in text_of(app)
    app = open_page("train", {"ease.regularisation": "lots"})
    assert "A setting in the address was not used." in text_of(app)
    app = button(app, "Reset settings").click().run()
    assert "ease.regularisation" not in app.query_params


def test_what_cannot_be_started_is_said_once(open_page, study, monkeypatch):
    app = choosing(open_page("train"))
    monkeypatch.setattr(
        launch, "_start_process", lambda *_: (_ for _ in ()).throw(launch.WorkspaceError("no-such-run", run_id="x"))
    )
    app = button(app, "Start").click().run()
    assert "popular was not started. The workspace holds no run 'x'." in text_of(app)
    assert "was not started" not in text_of(app.run())


def test_the_end_of_the_last_run_ends_the_polling(open_page, space, asked):
    run_id = asked()
    app = open_page("train")
    assert app.session_state["runs_were_active"]
    registry(space).end(run_id, 1, "finished", metrics=NDCG)
    app = app.run()
    assert "One model is ready." in text_of(app)
    assert not app.session_state["runs_were_active"]
    assert find_run(space, run_id).state == "finished"


def test_what_is_chosen_is_measured_in_a_process_of_its_own(open_page, study, space):
    app = tick(choosing(open_page("train")), "ease")
    assert ticked(app) == ["popular", "ease"]
    assert "Two models: about" in text_of(app)
    app = button(app, "Measure").click().run()
    assert "of a minute at most." in text_of(app)
    assert button(app, "Measure").disabled
    deadline = time.monotonic() + 60
    while measuring_queue.advance(space):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    app = app.run()
    assert text_of(app).count("measured on all of its training on this computer") == 3, "two rows and their sum"
    assert list_runs(space, study) == ()


def test_measuring_can_be_stopped(open_page, study, space):
    app = choosing(open_page("train"))
    app = button(app, "Measure").click().run()
    app = button(app, "Stop measuring").click().run()
    assert measuring_queue.advance(space) == ()
    assert "of a minute at most" not in text_of(app)


def test_a_start_ends_nobody_elses_measurement(open_page, study, space, asked):
    """Two analysts have the same page open: one measures, the other starts a model."""
    from recsys_core.runs.start.launch import plan_of

    plan = plan_of(space, asked("ease"))
    measuring_queue.begin(space, plan, "somebody else")
    app = choosing(open_page("train"))
    assert "of a minute at most." in text_of(app)
    assert "Stop measuring" not in [found.label for found in app.button], "it is not this one's"
    button(app, "Start").click().run()
    still = [job for job in measuring_queue.advance(space) if job.run_id == plan.run_id]
    measuring_queue.stop(space, "somebody else")
    assert [job.askers for job in still] == [("somebody else",)]


def test_what_does_not_fit_is_started_only_on_a_tick(open_page, study, monkeypatch, started):
    huge = Estimate(60, 1e9, 1, RULE)
    monkeypatch.setattr("dashboard.train_form.estimate", lambda *_: huge)
    app = choosing(open_page("train"))
    assert "popular needs about 1000000.0 GB of memory" in text_of(app)
    assert button(app, "Start").disabled
    app = app.checkbox(key="start_all_the_same").check().run()
    app = button(app, "Start").click().run()
    assert len(started) == 1


def test_several_models_are_started_at_once(open_page, study, space, started):
    app = tick(choosing(open_page("train")), "ease", "ials")
    button(app, "Start").click().run()
    assert sorted(run.model for run in list_runs(space, study)) == ["ease", "ials", "popular"]


def test_nothing_chosen_starts_nothing(open_page, study):
    app = tick(choosing(open_page("train")), "popular")
    assert "Choose one model or more." in text_of(app)
    assert button(app, "Start").disabled
    app = button(app, "Close").click().run()
    assert not [box for box in app.checkbox if box.key.startswith("train_")]


def test_a_failure_says_what_decides_what_to_do_and_how_it_went_before(open_page, space, ended):
    run_id = ended("ease", "failed", message("error-run-unexpected", exception="RuntimeError"))
    head = "--- 2026-11-24 10:0%d:00 UTC, start %d of " + run_id
    (run_folder(space, run_id) / "log.txt").write_text(
        "\n".join((head % (0, 1), "KeyError: 'first'", head % (5, 2), "OSError: No space left on device", "bye"))
    )
    app = open_page("train")
    text = text_of(app)
    assert "OSError: No space left on device What to do. Free disk space" in text
    assert "Ended at 45 % on" in text
    assert "2026-11-24 10:00:00 UTC KeyError: 'first'" in text
    assert {"End of its log", "1 earlier start"} <= {found.label for found in app.expander}


@pytest.mark.parametrize("log", [None, "", "\n\n", "\x00\xff"])
def test_a_log_without_words_is_no_trouble(open_page, space, ended, log):
    run_id = ended("ease", "lost", message("error-run-killed"))
    if log is not None:
        (run_folder(space, run_id) / "log.txt").write_text(log)
    app = open_page("train")
    assert "Its process ended without a word: it was killed, often for want of memory" in text_of(app)
    assert ("Its process wrote nothing" in text_of(app)) == (not log)


def test_a_run_that_waits_has_a_place_in_line(open_page, asked):
    asked("popular")
    asked("ease")
    text = text_of(open_page("train"))
    assert "It is next in line." in text
    assert "It is second in line." in text


def test_a_failure_comes_before_what_is_ready_until_it_is_made_good(open_page, space, ended):
    ended("ease", "failed", verbatim("No."))
    ended("popular", "finished")
    html = html_of(open_page("train"))
    assert html.index(">ease<") < html.index(">popular<")
    ended("ease", "finished", regularisation=5)
    html = html_of(open_page("train"))
    assert html.index(">ease 2<") < html.index(">ease<")


def test_finished_runs_lead_to_their_comparison(open_page, ended):
    ended("ease", "finished")
    assert "Compare them" not in {link.label for link in open_page("train").get("page_link")}
    ended("popular", "finished")
    app = open_page("train")
    assert "Two models are ready on the same test users. Compare says what is in the way." in text_of(app)
    assert any(link.label == "Compare them" for link in app.get("page_link"))


def test_a_registry_that_cannot_be_read_is_said(open_page, space, asked):
    asked()
    registry(space).path.write_bytes(b"no database")
    text = text_of(open_page("train"))
    assert "The runs cannot be read." in text
    assert "registry.sqlite" in text


def test_the_page_keeps_torch_out_of_the_server(space, study):
    code = (
        "import sys\nfrom streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('app.py', default_timeout=60).run()\n"
        "app.switch_page('pages/train.py').run()\n"
        "next(b for b in app.button if b.key == 'open_train_form').click().run()\n"
        "assert not app.exception and any(b.label == 'Measure' for b in app.button)\n"
        "print({'torch', 'transformers', 'lifelines'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "set()"
