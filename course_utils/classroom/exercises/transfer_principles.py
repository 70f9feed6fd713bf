"""Exercises of notebook 09: what is taken over, what is trained, and how fast."""

from course_utils.classroom.exercise import Exercise
from course_utils.costs.published import table
from course_utils.models.tasks import LAYERS, small_net

_H_S, _H_T = small_net(26), small_net(10)
_HEAD, _FC1, _CONV3 = (_H_T.row(name) for name in ("head", "fc1", "conv3"))
_INPUTS = _HEAD.input_shapes[0][-1]
_FLAT = _FC1.input_shapes[0][-1]
_FROM_FC1 = _FC1.params + _HEAD.params

_BODY = sum(_H_T.row(name).macs or 0 for name in LAYERS[:-1])
_IMAGES, _EPOCHS = 300, 40
_SAVED = _BODY * _IMAGES * (_EPOCHS - 1)

_PEAK = 0.02  # at which the notebook trains h_S
_MILD = _PEAK / 10

_SVM = {
    int(row["name"].strip("SVM ()")): float(row["caltech_101"].split(" ")[0])
    for row in table("zeiler_fergus").rows
    if row["name"].startswith("SVM")
}
_BEST = max(_SVM, key=lambda layer: _SVM[layer])

EXERCISES = (
    Exercise(
        "transfer_principles.new_head",
        question="The head of h_S, for 26 letters, is deleted. How many weights, biases included, "
        "has the new one, for ten classes?",
        answer=_HEAD.params,
        why=f"{_HEAD.formula}: all that is learned anew. The other "
        f"{_H_T.totals.params - _HEAD.params:,} weights are taken over.",
        next_step=f"The layer before it gives {_INPUTS} numbers, and each of ten units has a "
        "weight for each of them, and a bias.",
        mistakes=[
            (_HEAD.params - 10, "Each unit has a bias, too."),
            (_H_S.row("head").params, "That is the old head, for 26 classes."),
            (_H_S.row("head").params - 26, "That is the old head, and without its biases."),
            (_H_T.totals.params, "That is the whole of h_T. Only the head is new."),
            (_H_T.totals.params - _HEAD.params, "Those are the weights that are taken over."),
            (_FLAT * 10 + 10, "The head does not see the flattened maps: fc1 is between."),
        ],
    ),
    Exercise(
        "transfer_principles.learning",
        question="h_T is trained from fc1 on; everything below is frozen. How many weights, "
        "biases included, learn?",
        answer=_FROM_FC1,
        why=f"fc1 {_FC1.formula}, head {_HEAD.formula}; together {_FROM_FC1:,} of "
        f"{_H_T.totals.params:,}.",
        next_step="From fc1 on means fc1 and everything above it.",
        mistakes=[
            (_FC1.params, "The head learns, too. It must: it is new."),
            (_HEAD.params, "That is the head alone. fc1 learns as well."),
            (_H_T.totals.params - _FROM_FC1, "Those are the frozen ones."),
            (_FROM_FC1 + _CONV3.params, "conv3 is below fc1, and frozen."),
            (_H_T.totals.params, "That is all of them. The convolutions are frozen."),
            (
                _FC1.params + _H_S.row("head").params,
                "The head of h_S is gone. The new one has ten units.",
            ),
        ],
    ),
    Exercise(
        "transfer_principles.best_layer",
        question="By the table of Zeiler and Fergus, on the features of which layer (its number) "
        "is a linear SVM best on Caltech-101?",
        answer=_BEST,
        why=f"{_SVM[_BEST]}% on layer {_BEST}, and {_SVM[7]}% on layer 7: the last layer is not "
        "always the best one. With their spreads, the two can hardly be told apart.",
        next_step="Look for the largest number in the column of Caltech-101, SVM only.",
        mistakes=[
            (7, "On Caltech-256. On Caltech-101 another layer has a larger number."),
            (4, "A little further up."),
            (1, "That is the worst one."),
        ],
    ),
    Exercise(
        "transfer_principles.mild",
        question="The slides advise a rate of 0.001 for layers that are taken over, assuming "
        f"that 0.01 was the original one. Our h_S was trained at {_PEAK:g}. Which rate does the "
        "rule give?",
        answer=_MILD,
        why=f"A tenth of the original rate: {_PEAK:g} / 10 = {_MILD:g}. The ratio is the rule, not "
        "the number.",
        next_step="The rule is a ratio: how many times smaller than the original rate is 0.001?",
        mistakes=[
            (0.001, "That is for an original rate of 0.01. Ours was larger."),
            (_PEAK, "That is the original rate. Layers that know something learn more gently."),
            (0.01, "That is the slides' rate for new layers."),
            (_PEAK / 100, "A tenth, not a hundredth."),
            (_PEAK * 10, "Gently: smaller, not larger."),
        ],
        tolerance=1e-6,
    ),
    Exercise(
        "transfer_principles.saved",
        question=f"With the body frozen, its features of {_IMAGES} images can be computed once, "
        f"and not again in each of {_EPOCHS} epochs. How many multiply-adds does that save? Count "
        f"the forward pass of the four layers below the head: {_BODY:,} for an image.",
        answer=_SAVED,
        why=f"{_BODY:,} * {_IMAGES} * ({_EPOCHS} - 1) = {_SAVED:,}.",
        next_step="How often is each image sent through the body, and how often is enough?",
        mistakes=[
            (_BODY * _IMAGES * _EPOCHS, "Once they must be computed. Only the repeats are saved."),
            (_BODY * _IMAGES, "That is what one epoch costs. The others are saved."),
            (_BODY * (_EPOCHS - 1), f"That is for one image, and there are {_IMAGES}."),
            (2 * _SAVED, "A multiply-add is a product and a sum, counted once."),
            (
                _H_T.totals.macs * _IMAGES * (_EPOCHS - 1),
                "The head must run in each epoch: it is what learns.",
            ),
        ],
    ),
)
