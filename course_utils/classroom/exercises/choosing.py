"""Exercises of notebook 19: choosing an architecture."""

from course_utils.classroom.choices import Explain
from course_utils.classroom.programs import Code
from course_utils.classroom.value import Value
from course_utils.classroom.varies import varying
from course_utils.costs import zoo
from course_utils.costs.published import imagenet

_VGG16 = zoo.vgg16().totals.macs
_A100 = imagenet.applications()["VGG16"].a100_ms or 0.0
_BATCH = 32


def _tera(operations: float) -> float:
    """Return TFLOP/s if so many operations take the printed time."""
    return operations / (_A100 / 1000) / 1e12


_RATE = _tera(2 * _VGG16 * _BATCH)


_OFFERS = (
    ("quick", 68, 20, 9),
    ("small", 71, 14, 12),
    ("middle", 79, 98, 46),
    ("large", 82, 540, 200),
)


def _features(images: int = 300, epochs: int = 30, milliseconds: int = 35) -> Value:
    seconds = images * milliseconds / 1000
    return Value(
        "choosing.features",
        question=f"A frozen network takes {milliseconds} ms for an image. You train a new head on "
        f"{images} images for {epochs} epochs, and keep what the frozen network has given for "
        "each image. For how many seconds does the frozen network run?",
        answer=seconds,
        why=f"{images} * {milliseconds} ms = {seconds:g} s: once for each image. The "
        f"{epochs} epochs train the head alone.",
        next_step="What does a frozen network give for the same image in the second epoch?",
        mistakes=[
            (
                seconds * epochs,
                "That is anew in each epoch. A frozen network gives the same again: keep it.",
            ),
            (seconds * 1000, "Those are milliseconds."),
            (seconds * 3, "A backward pass is not needed: it is frozen."),
        ],
        tolerance=1e-6,
    )


UNIT = 19
EXERCISES = (
    Value(
        "choosing.decide",
        question="You have 300 photographs and keep the backbone frozen, on your own laptop. Which "
        "of these three need not be in your budget: latency, weights or accuracy?",
        answer="latency",
        why="Each photograph goes through the frozen network once. Even the slowest network of "
        "Keras is done with 300 of them in minutes.",
        next_step="A frozen network gives the same features each time. How often does it have to "
        "look at each photograph?",
        mistakes=[
            ("weights", "They have to be downloaded, and have to fit into memory."),
            ("accuracy", "It is what you are looking for, so it cannot be left out."),
        ],
    ),
    Value(
        "choosing.a100",
        question=f"Keras's page gives VGG-16 {_A100} ms on an A100, for batches of {_BATCH}. It "
        f"needs {_VGG16 / 1e9:.2f} billion multiply-adds for an image, and each is two operations. "
        "How many TFLOP/s (10^12 operations a second) would that be?",
        answer=_RATE,
        why=f"2 * {_VGG16 / 1e9:.2f}e9 * {_BATCH} / {_A100 / 1000:g} s = {_RATE:.0f} TFLOP/s.",
        next_step="Operations of the whole batch, divided by the seconds that it takes.",
        mistakes=[
            (_tera(_VGG16 * _BATCH), "A multiply-add is two operations: a product and a sum."),
            (_tera(2 * _VGG16), f"That is for one image. There are {_BATCH} in the batch."),
            (_tera(_VGG16), f"Two operations for a multiply-add, and {_BATCH} images."),
            (_RATE * 1e12, "In operations a second, yes. How many times 10^12?"),
            (_RATE / 1000, "The time is in milliseconds: 0.001 seconds each."),
        ],
        tolerance=0.02,
    ),
    varying(
        _features,
        images=(200, 300, 400, 600, 700),
        epochs=(20, 30, 40),
        milliseconds=(15, 25, 35, 45),
    ),
    Code(
        "choosing.best",
        question="Each network is a tuple (name, accuracy, megabytes, milliseconds). Write a "
        "function `best(networks, megabytes, milliseconds)`: the name of the most accurate one "
        'that needs at most so many megabytes and milliseconds. If none does, return "none".',
        program="""
def best(networks, megabytes, milliseconds):
    name, highest = "none", -1
    for network, accuracy, size, wait in networks:
        fits = size <= megabytes and wait <= milliseconds
        if fits and accuracy > highest:
            name, highest = network, accuracy
    return name
""",
        cases=lambda np: [
            (_OFFERS, 98, 46),
            (_OFFERS, 20, 50),
            (_OFFERS, 14, 12),
            (_OFFERS, 600, 500),
            (_OFFERS, 100, 9),
            (_OFFERS, 1, 500),
        ],
        wrong=[
            ("size <= megabytes and ", "", "The size is part of the budget, too."),
            (" and wait <= milliseconds", "", "The time is part of the budget, too."),
            ("<= megabytes and", "<= megabytes or", "It must keep within both limits."),
            ("size <= megabytes", "size < megabytes", "At most: a network may fill the budget."),
            ("wait <= milliseconds", "wait < milliseconds", "At most: it may fill the budget."),
            (
                "accuracy > highest",
                "highest < 0",
                "That is the first one that fits. Take the best.",
            ),
            ("name, highest = network", "name, highest = accuracy", "Its name is asked for."),
            ('"none", -1', '"", -1', 'If none fits, return "none".'),
        ],
        steps=[
            "Go through the networks, and keep the best one so far.",
            "Both limits must hold: size <= megabytes and wait <= milliseconds.",
        ],
        why="First what must be, then what should be: the accuracy chooses among those that fit.",
    ),
    Code(
        "choosing.front",
        question="Write a function `front(costs, accuracies)`: the numbers, as a list, of the "
        "networks that no other one beats. A network is beaten if another one costs no more and is "
        "at least as accurate, and is better in one of the two.",
        program="""
def front(costs, accuracies):
    found = []
    for i in range(len(costs)):
        beaten = any(
            costs[j] <= costs[i]
            and accuracies[j] >= accuracies[i]
            and (costs[j] < costs[i] or accuracies[j] > accuracies[i])
            for j in range(len(costs))
        )
        if not beaten:
            found.append(i)
    return found
""",
        cases=lambda np: [
            ([1, 2, 3], [70, 80, 75]),
            ([5, 1, 3, 4, 3], [90, 60, 80, 80, 70]),
            ([2, 2, 2], [70, 70, 60]),
        ],
        wrong=[
            (
                "and (costs[j] < costs[i] or accuracies[j] > accuracies[i])",
                "and j != i",
                "Two that are equal do not beat each other.",
            ),
            ("if not beaten", "if beaten", "Those are the ones that are beaten."),
            (
                "            costs[j] <= costs[i]\n            and accuracies",
                "            accuracies",
                "A network that costs more does not beat a cheaper one.",
            ),
            (
                "costs[j] <= costs[i]\n            and accuracies[j] >= accuracies[i]",
                "costs[j] < costs[i]\n            and accuracies[j] > accuracies[i]",
                "As accurate and cheaper is enough to beat, and so is the other way round.",
            ),
            (
                "accuracies[j] >= accuracies[i]",
                "accuracies[j] <= accuracies[i]",
                "More accurate is better: the sign of one comparison.",
            ),
            ("found.append(i)", "found.append(costs[i])", "Their numbers in the list, not costs."),
        ],
        steps=["For each network, look at all others: does one beat it?", "any(...) helps."],
        why="Only among these is there a choice; the others are worse in every way.",
    ),
    Explain(
        "choosing.why_not_best",
        question="Why is the network with the highest accuracy on ImageNet not always the one to "
        "take?",
        model="Because it may be too large or too slow for the device, and because a point more on "
        "ImageNet does not have to be one on your photographs: that has to be measured.",
        ideas={
            "cost": r"slow|large|cost|memory|device|phone|time|latency|big|expensive|budget",
            "your own photographs": r"own|your|my|other|task|data|photograph|measur|transfer",
        },
        step="What else is in your budget? And are your photographs those of ImageNet?",
    ),
)
