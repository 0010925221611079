"""One weight per user that makes two arms alike, with all it takes to carry the doubt about the weights along."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys_core.errors import DataError
from recsys_core.retention.adjustment.adjustment_design import (
    adjustment_design,
    require_served_by_both,
    served_by_both,
)
from recsys_core.retention.adjustment.logistic import Logistic, fit_logistic
from recsys_core.retention.estimators.event_table import FloatArray


@dataclass(frozen=True)
class UserWeights:
    """Weights that make two arms alike, and how they were estimated.

    Attributes
    ----------
    weight
        Shape (users,): mean 1 within each arm, 0 for a user of a kind that one arm never served.
    influence
        Shape (users, q): what each user adds to the coefficients of the propensity model, so that the sum over users
        is 0 and the variance of the coefficients is the sum of the outer products.
    gradient
        Shape (users, q): derivative of each user's weight, its mean in the arm included, by these coefficients.
    probability
        Shape (users,): chance of arm 1 given the attributes; 0 or 1 where one arm never served such users.
    """

    weight: FloatArray
    influence: FloatArray
    gradient: FloatArray
    probability: FloatArray

    @property
    def effective(self) -> float:
        """Users that count in effect: (sum w)^2 / sum w^2."""
        return float(self.weight.sum() ** 2 / (self.weight**2).sum())

    def influence_on_mean(self, values: FloatArray, inside: npt.NDArray[np.bool_]) -> tuple[float, FloatArray]:
        """Return a weighted mean over some users, and the influence of every user on it.

        With weights w(b) that hang on estimated coefficients b, the mean theta = sum w y / sum w has

            psi_i = w_i (y_i - theta) / sum w  +  [sum_j dw_j/db (y_j - theta) / sum w] . phi_i

        where phi is `influence`, j runs over the users `inside`, and the first term is 0 for others. The variance of
        theta is the sum of psi^2 over all users.
        """
        weight = np.where(inside, self.weight, 0.0)
        total = weight.sum()
        mean = float(weight @ values / total)
        apart = np.where(inside, values - mean, 0.0)
        return mean, self.carried(apart / total)

    def carried(self, unit: FloatArray) -> FloatArray:
        """Return the influence of every user on an estimate, from its influence per unit of a user's weight.

        A user counts with the own weight, and moves everybody's weights: w_i u_i + [sum_j dw_j/db u_j] . phi_i.
        """
        return self.weight * unit + self.influence @ (self.gradient.T @ unit)


def user_weights(arm: npt.ArrayLike, covariates: pd.DataFrame, *, overlap: bool = False) -> UserWeights:
    """Weight users so that both arms look like the same users: like everyone, or like those whom both could serve.

    With p = P(arm 1 | attributes) from a logistic regression (numbers as restricted cubic splines, words as
    indicators), the weight before normalisation v and its derivative by the coefficients are

        everyone  v = 1 / p, dv = -(1 - p) / p x in arm 1;      v = 1 / (1 - p), dv = p / (1 - p) x in arm 0
        overlap   v = 1 - p, dv = -p (1 - p) x in arm 1;        v = p,           dv = p (1 - p) x   in arm 0

    and w = v / mean(v), dw = dv / mean(v) - w mean(dv) / mean(v), means over the user's arm. The coefficients'
    influence is phi_i = I^-1 (x_i (a_i - p_i) - prior / n), with I the information.

    Overlap weights never blow up. A user with a level of an attribute that one arm never served has the weight 0,
    and no part in the regression; what else tells the arms apart only drives weights towards 0, held by a weak prior.

    Parameters
    ----------
    arm
        1 for the arm, 0 for its reference.
    covariates
        One row per user, nothing missing; columns that are constant or follow from others add nothing.
    overlap
        Weight towards users whom both arms could have served; else towards everyone.

    Raises
    ------
    DataError
        When an arm is empty. When everyone is meant: for a level that only one arm served, and a column that tells
        the arms apart. With overlap: when no user is left whom both arms could have served.

    References
    ----------
    Li, Morgan & Zaslavsky 2018 (overlap weights); Lunceford & Davidian 2004 (variance with estimated weights).
    """
    treated = np.asarray(arm, dtype=np.float64)
    if len({*treated}) < 2:
        reference_users, arm_users = (int((treated == one).sum()) for one in (0, 1))
        raise DataError(
            "adjustment-arm-too-small", reference_users=reference_users, arm_users=arm_users, users=treated.size
        )
    if overlap:
        inside = served_by_both(covariates, treated)
    else:
        require_served_by_both(covariates, treated)
        inside = np.ones(treated.size, dtype=bool)
    if not inside.any():
        raise DataError("adjustment-nobody-served-by-both", users=treated.size)
    design = adjustment_design(covariates.loc[inside], forgiving=True)
    users = np.ones(int(inside.sum()))
    model = fit_logistic(design.values, design.names, users, treated[inside], held=overlap)
    return _spread(_of_model(model, treated[inside], overlap=overlap), inside, treated)


def _of_model(model: Logistic, arm: FloatArray, *, overlap: bool) -> UserWeights:
    p, x = model.probability(), model.x
    if overlap:
        raw, slope = np.where(arm > 0, 1 - p, p), np.where(arm > 0, -1.0, 1.0) * p * (1 - p)
    else:
        raw, slope = np.where(arm > 0, 1 / p, 1 / (1 - p)), np.where(arm > 0, -(1 - p) / p, p / (1 - p))
    score = x * (arm - p)[:, None] - model.penalty() * model.beta / arm.size
    influence = np.asarray(np.linalg.lstsq(model.information(np.ones(arm.size)), score.T, rcond=1e-12)[0].T)
    weight, gradient = raw.copy(), x * slope[:, None]
    for one in (0, 1):
        mine = arm == one
        mean, mean_slope = raw[mine].mean(), gradient[mine].mean(axis=0)
        weight[mine] = raw[mine] / mean
        gradient[mine] = gradient[mine] / mean - weight[mine][:, None] * mean_slope / mean
    return UserWeights(weight, influence, gradient, p)


def _spread(some: UserWeights, inside: npt.NDArray[np.bool_], arm: FloatArray) -> UserWeights:
    """Bring back the users whom one arm never served, with weight 0; the mean of each arm stays 1."""
    if inside.all():
        return some
    share = np.array([inside[arm == one].mean() for one in (0, 1)])[arm.astype(np.int64)]
    weight, probability = np.zeros(arm.size), arm.copy()
    influence, gradient = (np.zeros((arm.size, some.influence.shape[1])) for _ in range(2))
    weight[inside], probability[inside] = some.weight / share[inside], some.probability
    influence[inside], gradient[inside] = some.influence, some.gradient / share[inside][:, None]
    return UserWeights(weight, influence, gradient, probability)
