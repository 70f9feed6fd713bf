"""Exercises of unit 10: batch normalisation."""

from course_utils.classroom.choices import Choose, Explain
from course_utils.classroom.programs import Code

UNIT = 10

EXERCISES = (
    Code(
        "batch_norm.normalise",
        question="Write a function `normalise(x, gamma, beta, epsilon)`: batch normalisation, as "
        "in "
        "training. x has the shape (images, height, width, channels); each channel is normalised "
        "over all images and places: minus its mean, divided by sqrt(variance + epsilon). Then "
        "times gamma, plus beta, one of each for every channel.",
        program="""
def normalise(x, gamma, beta, epsilon):
    mean = x.mean(axis=(0, 1, 2))
    variance = x.var(axis=(0, 1, 2))
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta
""",
        cases=lambda np: [
            (
                np.array([1.0, 3.0, 5.0, 7.0]).reshape(2, 2, 1, 1),
                np.array([1.0]),
                np.array([0.0]),
                0.001,
            ),
            (
                np.arange(48.0).reshape(3, 2, 4, 2) * 7 % 31,
                np.array([2.0, 0.5]),
                np.array([1.0, -1.0]),
                0.1,
            ),
        ],
        wrong=[
            (
                "axis=(0, 1, 2)",
                "axis=0",
                "One mean for each channel, not for each place: over the axes 0, 1 and 2.",
            ),
            (
                "axis=(0, 1, 2)",
                "axis=(1, 2), keepdims=True",
                "You normalise each image on its own. Take all images of the batch together.",
            ),
            ("axis=(0, 1, 2)", "", "One mean for each channel, not one for all of them."),
            (
                "np.sqrt(variance + epsilon)",
                "(variance + epsilon)",
                "Divide by the root of the variance.",
            ),
            ("gamma * (x", "(x", "gamma is missing: it lets the network choose the scale."),
            (" + beta", "", "beta is missing: it lets the network choose the mean."),
            ("(x - mean)", "x", "Subtract the mean first."),
            (
                "variance + epsilon",
                "variance",
                "epsilon is missing: it guards against dividing by 0.",
            ),
            (
                "np.sqrt(variance + epsilon)",
                "(np.sqrt(variance) + epsilon)",
                "epsilon is added to the variance, inside the root.",
            ),
            (
                "gamma * (x - mean) / np.sqrt(variance + epsilon) + beta",
                "gamma * ((x - mean) / np.sqrt(variance + epsilon) + beta)",
                "beta is added last: it is not multiplied by gamma.",
            ),
        ],
        steps=[
            "x.mean(axis=(0, 1, 2)) is one mean for each channel. The variance is x.var(...).",
            "(x - mean) / np.sqrt(variance + epsilon), then * gamma + beta.",
        ],
        why="Each channel has mean beta and deviation gamma, whatever the layers before it do.",
    ),
    Code(
        "batch_norm.moving",
        question="Write a function `update(moving, batch, momentum)`: the new moving mean, for an "
        "array with the old one of each channel and an array with the mean of the batch. Keras's "
        "momentum is the share of the old one that is kept.",
        program="""
def update(moving, batch, momentum):
    return momentum * moving + (1 - momentum) * batch
""",
        cases=lambda np: [
            (np.array([0.0, 2.0]), np.array([1.0, 4.0]), 0.99),
            (np.array([1.0]), np.array([-3.0]), 0.9),
        ],
        wrong=[
            (
                "momentum * moving + (1 - momentum) * batch",
                "(1 - momentum) * moving + momentum * batch",
                "That is PyTorch's momentum. Keras's is the share that is kept.",
            ),
            ("(1 - momentum) * batch", "batch", "The two shares add up to 1."),
            (" + (1 - momentum) * batch", "", "The mean of the batch does not come in."),
            (
                "momentum * moving + (1 - momentum) * batch",
                "(moving + batch) / 2",
                "That is half of each. momentum says how much of the old one stays.",
            ),
        ],
        steps=["How much of the old one stays? How much of the batch comes in?"],
        why="With 0.99 it forgets slowly: after 100 batches a third of the first guess is left.",
    ),
    Choose(
        "batch_norm.predict",
        question="You let a trained network with batch normalisation predict a single image. "
        "With which mean and variance is it normalised?",
        choices={
            "with those of this image": "Then a prediction would depend on what else is in the "
            "batch; alone, hardly anything of the image would be left.",
            "with those of the last training batch": "A chance of the last batch should not "
            "decide.",
            "with the moving ones that were kept in training": "They are stored, two numbers for "
            "each channel, so that a prediction depends on its image only.",
            "with gamma and beta": "Those are scale and shift, applied afterwards.",
        },
        right="C",
        step="Two of its four numbers for each channel are not learned. What are they for?",
    ),
    Explain(
        "batch_norm.why_no_bias",
        question="Why can a convolution that is followed by batch normalisation do without a bias?",
        model="Because a bias adds the same number to the whole map, so to its mean as well, and "
        "batch normalisation subtracts the mean: it is gone. beta takes its place.",
        ideas={
            "the mean is subtracted": r"mean|average|subtract|cancel|remov|gone",
            "beta takes its place": r"beta|shift|offset",
        },
        step="Add 5 to a whole map. What is its mean then, and what is left after subtracting it?",
    ),
)
