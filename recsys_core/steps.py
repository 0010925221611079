"""The steps from a data set to its results, which the command line, the report, the pages and Python all take.

What a step finds depends on the workspace and how often users were forgotten there, the data set's id, settings, and
the ids of finished runs, and on nothing else: these are the key under which a memory keeps it. The server brings such a
memory; the shell takes each step once.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from recsys_core.answers import Message
from recsys_core.data.dataset import Dataset
from recsys_core.retention.population.plans import plan_of
from recsys_core.settings import CompareSettings, RetentionSettings, Stage, StudySettings
from recsys_core.workspace import Workspace

if TYPE_CHECKING:
    from recsys_core.evaluation.comparison import Comparison
    from recsys_core.evaluation.evaluate import Evaluation
    from recsys_core.evaluation.examples import Example
    from recsys_core.evaluation.history_groups import Segment
    from recsys_core.retention.population.affinity_cohorts import AffinityInput
    from recsys_core.retention.study.ranking_hazard import RankingHazards
    from recsys_core.retention.study.retention_result import RetentionResult
    from recsys_core.risk.risk_result import RiskResult
    from recsys_core.whatif.rollout_result import RolloutResult

Found = TypeVar("Found")
Say = Callable[[Message], None]


class Memory(Protocol):
    """Keeps what steps found."""

    def __call__(self, step: str, key: tuple[str, ...], compute: Callable[[], Found]) -> Found:
        """Return what is kept of a step under a key; else what `compute` returns, to be kept or not."""


def no_memory(step: str, key: tuple[str, ...], compute: Callable[[], Found]) -> Found:  # noqa: ARG001
    """Keep nothing: compute."""
    return compute()


def say_nothing(progress: Message) -> None:
    """Let progress pass unsaid."""


def key_of(settings: Stage) -> str:
    """Write settings as a part of a key."""
    return json.dumps(settings.to_dict(), sort_keys=True)


@dataclass(frozen=True)
class Steps:
    """The steps in one workspace.

    Attributes
    ----------
    memory
        What keeps their results; none by default.
    say
        Told what is trained, and how far it is.
    trains
        Whether the models that affinity cohorts rest on are trained where they are not; otherwise they are asked for.
    """

    workspace: Workspace
    memory: Memory = no_memory
    say: Say = say_nothing
    trains: bool = True

    def retention(self, dataset: Dataset, study: StudySettings) -> "RetentionResult":
        """Count lapses, estimate, contrast and judge; errors as `analyse_retention` and `affinity_pair`."""
        return self.cohorts(dataset, study.retention, self.affinity_pair(dataset, study))

    def affinity_pair(self, dataset: Dataset, study: StudySettings) -> tuple[str, ...]:
        """Find the runs that affinity cohorts rest on; none for any other cohort.

        Raises
        ------
        SettingsError
            For other than two models, or where they have to be trained first and these steps do not train.
        DataError
            If a model cannot be trained; the message holds the reason.
        """
        if not plan_of(study.retention.cohort).at_landmark:
            return ()
        from recsys_core.runs.start import affinity_runs

        if self.trains:
            runs = affinity_runs.trained_runs(self.workspace, dataset, study, self.say)
        else:
            runs = affinity_runs.require_runs(self.workspace, dataset, study)
        return tuple(run.run_id for run in runs)

    def figures(self, dataset: Dataset, study: StudySettings) -> "RetentionResult":
        """Do all of `retention` but for what decides, which takes longer; the verdict is "pending"."""
        return self._figures(dataset, study.retention, self.affinity_pair(dataset, study))

    def cohorts(self, dataset: Dataset, settings: RetentionSettings, run_ids: Sequence[str]) -> "RetentionResult":
        """Analyse retention; affinity cohorts by what these runs ranked, others without any."""

        def compute() -> "RetentionResult":
            from recsys_core.retention.study.analyse import decide_retention

            return decide_retention(dataset, self._figures(dataset, settings, run_ids), self._ranked(run_ids))

        return self.memory("retention", self.key(dataset.dataset_id, key_of(settings), *run_ids), compute)

    def _figures(self, dataset: Dataset, settings: RetentionSettings, run_ids: Sequence[str]) -> "RetentionResult":
        def compute() -> "RetentionResult":
            from recsys_core.retention.study.analyse import retention_figures

            return retention_figures(dataset, settings, self._ranked(run_ids))

        return self.memory("figures", self.key(dataset.dataset_id, key_of(settings), *run_ids), compute)

    def _ranked(self, run_ids: Sequence[str]) -> "AffinityInput | None":
        from recsys_core.retention.population.affinity_cohorts import AffinityInput

        return AffinityInput.of(self.evaluations(run_ids)) if run_ids else None

    def rollout(self, dataset: Dataset, study: StudySettings) -> "RolloutResult":
        """Move part of an arm's users to another; errors as `whatif.rollout`."""
        from recsys_core.whatif import rollout

        rollout.refuse_affinity(study.retention)
        key = self.key(dataset.dataset_id, key_of(study.retention), key_of(study.scenario))
        return self.memory("rollout", key, lambda: rollout.rollout(self.retention(dataset, study), study.scenario))

    def risk(self, dataset: Dataset, study: StudySettings) -> "RiskResult":
        """Foretell who will lapse; errors as `foretell`."""

        def compute() -> "RiskResult":
            from recsys_core.risk.foretell import foretell

            return foretell(dataset, study.retention, study.risk)

        key = self.key(dataset.dataset_id, key_of(study.retention), key_of(study.risk))
        return self.memory("risk", key, compute)

    def comparison(self, run_ids: Sequence[str], settings: CompareSettings) -> "Comparison":
        """Compare the models of finished runs; errors as `evaluation.compare`."""

        def compute() -> "Comparison":
            from recsys_core.evaluation.compare import compare

            return compare(self.evaluations(run_ids), settings)

        return self.memory("comparison", self.key(key_of(settings), *run_ids), compute)

    def hazards(self, dataset: Dataset, study: StudySettings, run_ids: Sequence[str]) -> "RankingHazards":
        """Relate lapsing to ranking quality; errors as `ranking_hazards`."""

        def compute() -> "RankingHazards":
            from recsys_core.retention.population.affinity_cohorts import AffinityInput
            from recsys_core.retention.study.ranking_hazard import ranking_hazards

            ranked = AffinityInput.of(self.evaluations(run_ids))
            return ranking_hazards(dataset, study.retention, ranked, study.compare.k)

        key = self.key(dataset.dataset_id, key_of(study.retention), str(study.compare.k), *run_ids)
        return self.memory("hazards", key, compute)

    def examples(self, dataset: Dataset, run_ids: Sequence[str]) -> "tuple[Example, ...]":
        """Draw example users of a comparison."""

        def compute() -> "tuple[Example, ...]":
            from recsys_core.evaluation.examples import examples

            return examples(self.evaluations(run_ids), dataset)

        return self.memory("examples", self.key(dataset.dataset_id, *run_ids), compute)

    def segments(self, run_ids: Sequence[str], k: int) -> "tuple[Segment, ...]":
        """Part the users of a comparison by their history."""

        def compute() -> "tuple[Segment, ...]":
            from recsys_core.evaluation.history_groups import by_history

            return by_history(self.evaluations(run_ids), k)

        return self.memory("segments", self.key(str(k), *run_ids), compute)

    def evaluations(self, run_ids: Sequence[str]) -> "dict[str, Evaluation]":
        """Read what finished runs noted of their test users, by model; to be read only."""
        evaluations = [self._evaluation(run_id) for run_id in run_ids]
        return {evaluation.model: evaluation for evaluation in evaluations}

    def _evaluation(self, run_id: str) -> "Evaluation":
        def compute() -> "Evaluation":
            from recsys_core.evaluation.evaluate import Evaluation
            from recsys_core.runs.kept.cache import touch_used
            from recsys_core.runs.life.run import run_folder

            touch_used(self.workspace, run_id)
            return Evaluation.load(run_folder(self.workspace, run_id) / "evaluation")

        return self.memory("evaluation", self.key(run_id), compute)

    def key(self, *parts: str) -> tuple[str, ...]:
        """Write the key of a step: the workspace comes first, and how often users were forgotten there."""
        return (str(self.workspace.home), str(self.workspace.forgotten), *parts)
