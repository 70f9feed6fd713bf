"""Exercises of unit 13: regularisation."""

from course_utils.classroom.choices import Choose, Explain
from course_utils.classroom.models import Debug, has_learned, layers_of, toy
from course_utils.classroom.programs import Code
from course_utils.classroom.value import Value
from course_utils.classroom.varies import varying


def _dropout(value: float = 3.0, rate: float = 0.2) -> Value:
    kept = value / (1 - rate)
    return Value(
        "regularisation.dropout",
        question=f"A unit has the value {value:g}. In training it goes through "
        f"keras.layers.Dropout({rate}) and happens to be kept. What comes out?",
        answer=kept,
        why=f"{value:g} / (1 - {rate}) = {kept:g}: kept in {1 - rate:.0%} of the cases, it is "
        f"{value:g} on average.",
        next_step="Keras's rate is the share that is dropped. On average over kept and dropped, "
        "the value must stay as it was.",
        mistakes=[
            (value, "Then the average would be smaller. Keras makes up for that in training."),
            (
                value * (1 - rate),
                (
                    "That is the factor of the notes, for the weights at test time. Keras scales "
                    "in training, the other way round."
                ),
            ),
            (value / rate, "You took the rate for the share that is kept. It is dropped."),
            (value * rate, "The rate is the share that is dropped; and the value must grow."),
            (0, "That would be a unit that is dropped. This one is kept."),
            (
                value * (1 + rate),
                "Nearly. Multiply by the share that is kept: is it the value again?",
            ),
        ],
        tolerance=1e-6,
    )


UNIT = 13
EXERCISES = (
    varying(_dropout, value=(2.0, 3.0, 5.0, 6.0, 7.0), rate=(0.1, 0.2, 0.3, 0.4)),
    Code(
        "regularisation.drop",
        question="Write a function `dropout(x, rate, chance)`: dropout, as Keras does it in "
        "training. `chance` is an array as large as x with random numbers from 0 to 1: where one "
        "of them is smaller than `rate`, the value of x becomes 0. The others grow, so that the "
        "mean stays as it was.",
        program="""
def dropout(x, rate, chance):
    kept = chance >= rate
    return x * kept / (1 - rate)
""",
        cases=lambda np: [
            (np.array([4.0, 4.0, 4.0, 4.0]), 0.5, np.array([0.1, 0.7, 0.4, 0.9])),
            (np.arange(1.0, 7.0).reshape(2, 3), 0.2, np.array([[0.1, 0.3, 0.9], [0.5, 0.0, 0.7]])),
        ],
        wrong=[
            (" / (1 - rate)", "", "The mean falls: divide by the share that is kept."),
            ("/ (1 - rate)", "* (1 - rate)", "Dividing makes up for what is dropped."),
            ("chance >= rate", "chance < rate", "rate is the share that is dropped, not kept."),
            ("/ (1 - rate)", "/ rate", "Divide by the share that is kept, 1 - rate."),
            ("x * kept / (1 - rate)", "x * (1 - rate)", "Nothing is dropped: that is its mean."),
            (
                "x * kept / (1 - rate)",
                "(x * kept)[kept] / (1 - rate)",
                "What is dropped becomes 0. It keeps its place.",
            ),
        ],
        steps=["`chance >= rate` is True where a value is kept.", "x * kept, and then the scale."],
        why="On average each value is as before, so prediction needs no change.",
    ),
    Code(
        "regularisation.early_stop",
        question="Write a function `last_epoch(losses, patience)`: after which epoch, counted from "
        "1, does early stopping end the training? It stops as soon as `patience` epochs have gone "
        "by since the lowest loss so far. If it never does, it is the last epoch.",
        program="""
def last_epoch(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best == patience:
            return epoch + 1
    return len(losses)
""",
        cases=lambda np: [
            ([0.9, 0.7, 0.8, 0.75, 0.6, 0.5], 2),
            ([0.9, 0.7, 0.6, 0.65, 0.55, 0.6, 0.58, 0.57, 0.4], 3),
            ([0.5, 0.4, 0.3], 1),
            ([0.5, 0.5, 0.5, 0.5], 2),
            ([0.9, 0.95, 0.92, 0.91, 0.8], 3),
        ],
        wrong=[
            ("return epoch + 1", "return epoch", "Count from 1: epoch 0 of Python is the first."),
            ("== patience", "> patience", "You wait one epoch too long."),
            ("== patience", "== patience - 1", "You stop one epoch too early."),
            ("return epoch + 1", "return best + 1", "That is the best epoch. When does it stop?"),
            (
                "loss < losses[best]",
                "epoch and loss < losses[epoch - 1]",
                "Compare with the lowest loss so far, not with the epoch before.",
            ),
            ("loss < losses[best]", "loss <= losses[best]", "An equal loss is not a lower one."),
            ("return len(losses)", "return None", "If it never stops: after the last epoch."),
        ],
        steps=["Keep the place of the lowest loss so far.", "How many epochs since then?"],
        why="That is all keras.callbacks.EarlyStopping does.",
    ),
    Debug(
        "regularisation.debug",
        question="This network was to keep 95% of its units in training. It hardly learns. x has "
        "400 images of 8 x 8, y their labels, 0 or 1.",
        broken="""
def train(x, y):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.95),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=8, verbose=0)
    return model
""",
        program="""
def train(x, y):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.05),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=8, verbose=0)
    return model
""",
        inputs=toy,
        rules=[
            (
                lambda model: all(getattr(one, "rate", 0) <= 0.5 for one in layers_of(model)),
                "It does not learn as it should yet: nearly all units are dropped at each step.",
            ),
            (
                lambda model: any(getattr(one, "rate", 0) > 0 for one in layers_of(model)),
                "The dropout is gone. It was to stay, and to keep 95% of the units.",
            ),
            (has_learned, ""),
        ],
        steps=["What does the number in Dropout(...) mean in Keras?"],
        why="Keras's rate is the share that is dropped. Some papers and books give the other one.",
    ),
    Choose(
        "regularisation.curves",
        question="The training loss still falls, the validation loss has risen for five epochs. "
        "What do you do first?",
        choices={
            "train longer": "It overfits already; longer makes it worse.",
            "make the network larger": "A larger one can remember even more.",
            "stop, and take the weights of the lowest validation loss": "That costs nothing; then "
            "try more data, augmentation or dropout.",
            "look at the test images": "They are opened once, at the end.",
        },
        right="C",
        step="What is the network learning in these epochs, if not what holds for new images?",
    ),
    Explain(
        "regularisation.why_dropout",
        question="Why does dropout help against overfitting?",
        model="Because a unit can never rely on another one being there: each has to be useful on "
        "its own, and the network cannot remember single images by a few units that only work "
        "together.",
        ideas={
            "units cannot rely on others": r"\brel(y|ies)\b|depend|co-?adapt|other|alone|"
            r"on its own|redundan|together",
            "less is remembered": r"memor|remember|overfit|by heart|general|many networks|average",
        },
        step="What can a unit not do any more, if its neighbours are missing at random?",
    ),
)
