"""Exercises of unit 04: how a network learns."""

from course_utils.classroom.choices import Explain, Order
from course_utils.classroom.models import Debug, has_learned, toy
from course_utils.classroom.programs import Code

_BROKEN = """
def train(x, y):
    rng = np.random.default_rng(0)
    x = rng.permutation(x)
    y = rng.permutation(y)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(8, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=8, verbose=0)
    return model
"""

UNIT = 4

EXERCISES = (
    Code(
        "learning.softmax",
        question="Write a function `softmax(scores)`: e to the power of each score, divided by the "
        "sum of them. `scores` is one row, or has a row for each image. Scores of 1,000 must work, "
        "too: subtract the largest one of each row first, which changes nothing else.",
        program="""
def softmax(scores):
    powers = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return powers / np.sum(powers, axis=-1, keepdims=True)
""",
        cases=lambda np: [
            (np.array([1.0, 2.0, 3.0]),),
            (np.array([[0.0, 0.0, 2.0], [1.0, 3.0, -1.0]]),),
            (np.array([1000.0, 1001.0]),),
        ],
        wrong=[
            (
                " - np.max(scores, axis=-1, keepdims=True)",
                "",
                (
                    "e to the power of 1,000 is too large for the computer. Subtract the largest "
                    "first."
                ),
            ),
            ("axis=-1", "axis=0", "Each row is an image of its own: add up along the last axis."),
            (
                "np.sum(powers, axis=-1, keepdims=True)",
                "np.sum(powers)",
                "Each row must add up to 1, not all of them together: axis=-1, keepdims=True.",
            ),
            (
                "/ np.sum(powers, axis=-1, keepdims=True)",
                "",
                "Divide by the sum: they add up to 1.",
            ),
            (
                "np.exp(scores - np.max(scores, axis=-1, keepdims=True))",
                "np.abs(scores)",
                "The power of e is missing: np.exp makes every score positive.",
            ),
            (
                "np.exp(scores - np.max(scores, axis=-1, keepdims=True))",
                "2.0 ** (scores - np.max(scores, axis=-1, keepdims=True))",
                "That is a power of 2. Take e: np.exp.",
            ),
        ],
        steps=[
            "First subtract the largest score of each row: np.max(scores, axis=-1, keepdims=True).",
            "Then np.exp, and divide by np.sum(..., axis=-1, keepdims=True).",
        ],
        why="Every score becomes positive, and each row adds up to 1: probabilities.",
    ),
    Code(
        "learning.cross_entropy",
        question="Write a function `cross_entropy(probabilities, labels)`. Each row of "
        "`probabilities` is an image, each column a class; `labels` has the number of the true "
        "class of each image. Give the mean of -log(probability of the true class).",
        program="""
def cross_entropy(probabilities, labels):
    own = probabilities[np.arange(len(labels)), labels]
    return -np.mean(np.log(own))
""",
        cases=lambda np: [
            (np.array([[0.5, 0.25, 0.25]]), np.array([1])),
            (np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.3, 0.3, 0.4]]), np.array([0, 2, 2])),
            (np.full((4, 10), 0.1), np.array([3, 1, 4, 1])),
        ],
        wrong=[
            ("-np.mean", "np.mean", "The sign: the logarithm of a probability is negative."),
            ("-np.mean", "-np.sum", "That is the sum over the images. Take their mean."),
            ("np.log(", "np.log10(", "Take the natural logarithm, np.log."),
            ("np.log(", "np.log2(", "Take the natural logarithm, np.log."),
            (
                "probabilities[np.arange(len(labels)), labels]",
                "probabilities",
                "Only the probability of the true class counts, not those of all classes.",
            ),
            (
                "probabilities[np.arange(len(labels)), labels]",
                "probabilities.max(axis=1)",
                "That is the class the network prefers. The probability of the true one counts.",
            ),
            ("-np.mean(np.log(own))", "-np.log(np.mean(own))", "First the logarithms, then mean."),
            ("-np.mean(np.log(own))", "np.mean(1 - own)", "The logarithm is missing."),
        ],
        steps=[
            "First pick one number from each row: the probability of its true class.",
            "probabilities[np.arange(len(labels)), labels] picks them. Then np.log, mean, minus.",
        ],
        why="A true class with probability 1 costs nothing; the smaller it is, the more it costs.",
    ),
    Code(
        "learning.step",
        question="A line w * x + b is to fit the points x, y; the loss is the mean of "
        "(w * x + b - y)^2. Write a function `step(w, b, x, y, rate)` that makes one step of "
        "gradient descent, and returns the new w and the new b.",
        program="""
def step(w, b, x, y, rate):
    error = w * x + b - y
    slope_w = np.mean(2 * error * x)
    slope_b = np.mean(2 * error)
    return w - rate * slope_w, b - rate * slope_b
""",
        cases=lambda np: [
            (0.0, 0.0, np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0]), 0.1),
            (1.0, -1.0, np.array([0.0, 1.0, 5.0, 2.0]), np.array([1.0, 3.0, 2.0, 2.5]), 0.05),
            (2.0, 0.5, np.array([-1.0, 4.0]), np.array([1.0, 3.0]), 0.01),
        ],
        wrong=[
            (" - rate", " + rate", "That goes uphill: the loss grows. Subtract."),
            ("error * x", "error", "The slope of w: what w is multiplied by, x, comes in, too."),
            ("np.mean", "np.sum", "The loss is a mean, so the slope is a mean, too."),
            ("rate * ", "", "The step is the slope times the rate."),
            ("2 * ", "", "The derivative of a square has a factor 2."),
            (
                "    slope_b = np.mean(2 * error)\n    return w - rate * slope_w, b",
                (
                    "    w = w - rate * slope_w\n    error = w * x + b - y\n"
                    "    slope_b = np.mean(2 * error)\n    return w, b"
                ),
                "Both slopes belong to the old place. Compute both before you change w.",
            ),
            (", b - rate * slope_b", ", b", "b learns, too."),
            ("+ b - y", "- y", "The error is w * x + b - y: b is forgotten."),
            (
                "w - rate * slope_w, b - rate * slope_b",
                "rate * slope_w, rate * slope_b",
                "That is how far it goes. Where is it then?",
            ),
        ],
        steps=[
            "First the error of each point: w * x + b - y.",
            "The slope of b is the mean of 2 * error; for w, each error is multiplied by its x.",
            "New = old - rate * slope, for both.",
        ],
        why="A little against the slope: the loss falls, if the rate is not too large.",
    ),
    Order(
        "learning.order",
        question="Put the steps of training in order, for one batch and what follows it.",
        steps=(
            "Compute the loss from predictions and labels.",
            "Take a batch of images and their labels.",
            "Change each weight a little, against its slope.",
            "Let the network predict.",
            "Work out the slope of the loss for each weight.",
            "When all batches are through, look at the validation images.",
        ),
        right="BDAECF",
        reasons={
            "BD": "the network needs images to predict from.",
            "DA": "the loss compares predictions with labels.",
            "AE": "it is the loss whose slope is worked out.",
            "EC": "the slope says in which direction to change a weight.",
            "CF": "the validation images judge the network after it has learned.",
        },
        step="What does each step need that another one makes?",
        why="Forwards to the loss, backwards to the slopes, one step, and again.",
    ),
    Debug(
        "learning.debug",
        question="The loss of this network falls a little, but it never does better than guessing "
        "on new images. x has 400 images of 8 x 8, y their labels, 0 or 1.",
        broken=_BROKEN,
        program=_BROKEN.replace(
            "x = rng.permutation(x)", "order = rng.permutation(len(x))  # one order for both"
        ).replace("y = rng.permutation(y)", "x, y = x[order], y[order]"),
        inputs=toy,
        rules=[(has_learned, "")],
        steps=[
            "Look at what happens to x and to y before they reach the network.",
            (
                "Print a few labels beside their images after the shuffling: do they still belong "
                "together?"
            ),
        ],
        why="Images and labels were shuffled apart, so there was nothing to learn. Shuffle one "
        "list of places, and use it for both.",
    ),
    Explain(
        "learning.why_loss",
        question="Why does a network learn from the loss, and not from the accuracy?",
        model="Because the accuracy does not change if a weight changes a little: it has no slope "
        "to follow. The loss changes smoothly, so it says in which direction each weight is "
        "better.",
        ideas={
            "the accuracy moves in jumps": r"jump|step|flat|zero|constant|not change|smooth|"
            r"discrete|continu|differentia",
            "a slope to follow": r"slope|gradient|derivative|direction",
        },
        step="Change one weight by 0.001. What happens to the accuracy, and what to the loss?",
    ),
)
