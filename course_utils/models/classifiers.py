"""Linear classifiers on features, and how sure their accuracies are."""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Accuracy:
    """A measured accuracy and an interval that holds the true one, 95 times in 100.

    Attributes
    ----------
    value, low, high : float
        From 0 to 1.
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.1%} ({self.low:.1%} to {self.high:.1%})"


def logistic_regression(C: float = 0.01) -> Any:  # noqa: N803 - scikit-learn's own name
    """Return logistic regression on standardised features.

    Parameters
    ----------
    C : float, default 0.01
        How freely the weights may grow. With more features than images, small is better.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Not yet fitted. The mean and standard deviation come from the images it is fitted on.

    Examples
    --------
    >>> x, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 0, 1, 1])
    >>> logistic_regression().fit(x, y).predict([[0.5], [2.5]])
    array([0, 1])
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=1000))


def linear_svm(C: float = 0.001) -> Any:  # noqa: N803
    """Return a linear support vector machine on standardised features.

    Parameters
    ----------
    C : float, default 0.001
        As for :func:`logistic_regression`.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Not yet fitted.

    Examples
    --------
    >>> x, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 0, 1, 1])
    >>> linear_svm(C=1).fit(x, y).predict([[0.5], [2.5]])
    array([0, 1])
    """
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC

    return make_pipeline(StandardScaler(), LinearSVC(C=C, random_state=0))


def wilson(correct: int, n: int) -> Accuracy:
    """Return the accuracy on one test set with its 95 % interval.

    Parameters
    ----------
    correct : int
        Images that were classified correctly.
    n : int
        Images in all.

    Returns
    -------
    Accuracy
        With Wilson's interval, which stays between 0 and 1 and is right for small sets as well.

    Raises
    ------
    ValueError
        If there are no images, or not 0 to n correct ones.

    Notes
    -----
    E. B. Wilson: Probable inference, the law of succession, and statistical inference. Journal of
    the American Statistical Association 22 (1927), page 209.

    Examples
    --------
    >>> print(wilson(141, 153))
    92.2% (86.8% to 95.5%)
    """
    if not 0 <= correct <= n or not n:
        raise ValueError(f"{correct} of {n} images cannot be correct")
    z = NormalDist().inv_cdf(0.975)
    share = correct / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2) / (1 + z * z / n)
    # Where all or none are right, rounding must not put the interval beside the value.
    return Accuracy(share, min(share, middle - half), max(share, middle + half))


def cross_validated(
    classifier: Any, x: np.ndarray, y: np.ndarray, folds: int = 5, repeats: int = 10, seed: int = 0
) -> Accuracy:
    """Return the accuracy by repeated stratified cross-validation with its 95 % interval.

    Each image is tested once per repeat, by a classifier fitted without it.

    Parameters
    ----------
    classifier : scikit-learn estimator
        It is copied, never changed.
    x : numpy.ndarray
        Features, shape (n, features).
    y : numpy.ndarray
        Class numbers, shape (n,).
    folds : int, default 5
        Each has the same share of every class.
    repeats : int, default 10
        How often the images are dealt anew into folds.
    seed : int, default 0

    Returns
    -------
    Accuracy
        The fits of a cross-validation share most of their images, so that the standard error is
        larger than the spread of their accuracies would make it; it is corrected for that.

    Raises
    ------
    ValueError
        If a class has fewer images than there are folds.

    Notes
    -----
    The correction: C. Nadeau, Y. Bengio: Inference for the generalization error. Machine Learning
    52 (2003), section 4.1: the variance of the mean of J accuracies is (1/J + n_test / n_train)
    times theirs. Student's t with J - 1 degrees of freedom.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(60) % 2
    >>> print(cross_validated(logistic_regression(), rng.normal(10.0 * y[:, np.newaxis]), y))
    100.0% (100.0% to 100.0%)
    """
    from scipy.stats import t
    from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score

    rarest = np.unique(y, return_counts=True)[1].min()
    if rarest < folds:
        raise ValueError(f"{folds} folds need {folds} images of each class, and one has {rarest}")
    deals = RepeatedStratifiedKFold(n_splits=folds, n_repeats=repeats, random_state=seed)
    scores = cross_val_score(classifier, x, y, cv=deals)
    error = scores.std(ddof=1) * math.sqrt(1 / len(scores) + 1 / (folds - 1))
    half = t.ppf(0.975, len(scores) - 1) * error
    mean = scores.mean()
    return Accuracy(float(mean), float(max(0, mean - half)), float(min(1, mean + half)))
