"""The report's section on offline ranking quality."""

from dataclasses import replace

from recsys_core.report.build import build_report
from recsys_core.report.parts import Picture
from recsys_core.report.ranking_section import ranking


def texts(section):
    return " ".join(str(getattr(part, "html", "")) + getattr(part, "caption", "") for part in section.parts)


def test_without_trained_models_there_is_no_section(study):
    assert ranking(replace(study, comparison=None)) == []
    assert "Ranking quality" not in build_report(replace(study, comparison=None))


def test_the_section_has_the_verdict_the_figure_and_the_differences(study):
    (section,) = ranking(study)
    assert section.title == "Ranking quality, offline"
    said = texts(section)
    assert "item-knn ranks best; no BERT or sequence model beats it on this log." in said
    assert "Difference in NDCG at 10 from item-knn, paired by user" in said
    assert "4,118 test users" in said
    assert ">hybrid<" in said
    (picture,) = [part for part in section.parts if isinstance(part, Picture)]
    assert picture.wide.layout.meta["least_width"] <= 680, "the width of the sheet"


def test_arms_stand_beside_their_models_where_the_study_says_so(study):
    assert "Ranking well is not keeping users" not in texts(ranking(study)[0])
    pairs = ("bert=bi-encoder", "cf=item-knn")
    settings = study.settings.changed("compare", {"arm_models": pairs})
    said = texts(ranking(replace(study, settings=settings))[0])
    assert "the model of the bert arm ranks lower offline than that of cf (NDCG 0.087 against 0.104)" in said
    assert "days kept, of 60" in said


def test_the_method_is_cited(study):
    page = build_report(study)
    assert "random flips of their signs" in page
    assert "Järvelin" in page
    assert "Järvelin" not in build_report(replace(study, comparison=None))
