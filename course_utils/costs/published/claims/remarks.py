"""What no computation decides: statements of words, history and experience."""

from __future__ import annotations

from collections.abc import Iterator

from course_utils.costs.published.claims.record import remark
from course_utils.costs.published.findings import Finding

# Place, topic, statement, verdict, reason. Reasons hold no number: nothing computed them.
REMARKS = (
    (
        *("000:219", "transfer learning", "early layers are the slowest to train", "dubious"),
        "so in deep sigmoid networks; not in general with ReLU and shortcuts",
    ),
    (
        *("000:220", "transfer learning", "vanishing gradients make them slow", "dubious"),
        "likewise",
    ),
    (
        *("000:269", "transfer learning", "training the last layer is fine-tuning"),
        *("contradiction", "the other notes call that feature extraction"),
    ),
    (
        *("000:288", "transfer learning", "unlike data make transfer worthless", "dubious"),
        "the deck recommends to fine-tune everything then; pretraining seldom does harm",
    ),
    (
        *("001:22", "deep networks", "deep means more than two layers", "contradiction"),
        "the written notes say two or more hidden layers; there is no standard",
    ),
    (
        *("001:55", "images", "an image is a grid of pixels in two dimensions", "loose"),
        "a colour image has a third axis, and Keras wants it for gray ones, too",
    ),
    (
        *("001:112", "dense against convolution", "dense layers are not made for shifts", "true"),
        "a shifted image meets other weights",
    ),
    (
        *("001:248", "convolution", "sharing weights makes features shift-invariant", "dubious"),
        "equivariant: they move along. Pooling brings some invariance",
    ),
    (
        *("001:385", "activations", "zeros behind ReLU save memory and time", "dubious"),
        "the usual frameworks store and multiply zeros like all else",
    ),
    (
        *("001:398", "activations", "do not use sigmoid or tanh", "dubious"),
        "good advice for hidden layers; gates are made of sigmoids",
    ),
    (
        *("001:526", "convolution", "a larger stride reduces overfitting", "dubious"),
        "it lowers resolution and cost; there is no such rule",
    ),
    (
        *("001:757", "history", "the years of the famous networks", "external"),
        "they agree with the first publications",
    ),
    (
        *("001:784", "AlexNet", "the first use of ReLU", "dubious"),
        "others used it before; the first large winner with it",
    ),
    *(
        (f"001:{line}", "AlexNet", statement, "external", "as in its paper")
        for line, statement in (
            (787, "dropout of one half"),
            (788, "batches of 128"),
            (789, "momentum of 0.9"),
            (790, "learning rate 0.01, lowered by hand"),
            (791, "weight decay of 0.0005"),
        )
    ),
    (
        *("001:943", "GoogLeNet", "6.7% top-5 error", "external"),
        "that of several networks together, each on many crops",
    ),
    (
        *("001:1088", "batch normalisation", "it reduces internal covariate shift", "dubious"),
        "the reason its authors gave; later work doubts it",
    ),
    (
        *("001:1099", "batch normalisation", "standard since GoogLeNet", "dubious"),
        "since its own paper, a year later",
    ),
    (
        *("001:1199", "ResNet", "the deeper plain network underfits", "true"),
        "its training error is higher, too: the paper calls it degradation",
    ),
    (
        *("001:1208", "ResNet", "a residual is what is wanted less the input", "true"),
        "against the formula on a later slide",
    ),
    (
        *("001:1222", "ResNet", "shortcuts make the network robust to noise", "dubious"),
        "no evidence is given, and a shortcut hands noise on as it is",
    ),
    *(
        (f"001:{line}", "ResNet", statement, "external", "from its authors' slides")
        for line, statement in (
            (1243, "ImageNet detection, 16% ahead"),
            (1244, "ImageNet localisation, 27% ahead"),
            (1245, "COCO detection, 11% ahead"),
            (1246, "COCO segmentation, 12% ahead"),
        )
    ),
    (
        *("001:1377", "ResNet", "depth is limited by GPU memory only", "dubious"),
        "returns diminish, as the same sentence says, and very deep ones overfit small data",
    ),
    (
        *("001:1395", "augmentation", "convnets are robust against translation", "dubious"),
        "nearly, but for strides and borders",
    ),
    (
        *("001:1513", "transfer learning", "it is easy to implement", "true"),
        "a few lines of Keras",
    ),
    (
        *("001:1558", "transfer learning", "what to train, by size and likeness of the data"),
        *("true", "rules of thumb"),
    ),
    (
        *("002:120", "AlexNet", "made in 2012 for ImageNet's challenge", "external"),
        "so its paper says",
    ),
    (
        *("002:121", "AlexNet", "1.2 million images", "external"),
        "a little more in truth; other slides round further down",
    ),
    (
        *("002:169", "ResNet", "the input is added to a layer's output", "true"),
        "the deck's formula put right",
    ),
    (
        *("002:172", "ResNet", "it avoids vanishing gradients", "dubious"),
        "its authors say that their plain networks had sound gradients; shortcuts do ease the flow",
    ),
    (
        *("002:176", "deep networks", "deep means two or more hidden layers", "contradiction"),
        "the deck says more than two",
    ),
    (
        *("002:176", "regularisation", "more hidden layers mostly overfit", "dubious"),
        "the deck shows the opposite: the deeper plain network underfits",
    ),
    (
        *("002:182", "regularisation", "whatever lowers the generalisation error only", "true"),
        "the textbook definition of Goodfellow and others",
    ),
    (
        *("002:189", "regularisation", "stochastic is the same as mini-batch", "dubious"),
        "strictly, stochastic means one example at a time",
    ),
    (
        *("002:198", "regularisation", "a penalty on squared weights is like ridge", "true"),
        "the list before it names lasso, which has absolute values",
    ),
    (
        *("002:231", "regularisation", "early stopping looks every ten seconds", "contradiction"),
        "epochs are meant, as two lines below",
    ),
    (
        *("003:37", "convolution", "a dense layer uses each weight once", "true"),
        "for one image",
    ),
    (
        *("003:38", "convolution", "what changes the input changes the output alike", "loose"),
        "shifts do, turning and zooming do not",
    ),
    (
        *("003:54", "pooling", "it gives some shift invariance", "true"),
        "some: inside one window",
    ),
    (
        *("003:58", "dense layers", "connected with the layer before and behind", "dubious"),
        "with the one before; the next one decides for itself",
    ),
    (
        *("003:71", "the lab's CNN", "60,000 training and 10,000 test images", "external"),
        "a fact about files: course_utils.data checks it",
    ),
    (
        *("003:180", "transfer learning", "a new head is trained at a small rate", "contradiction"),
        "other slides: a large one for new layers, a small one for those taken over",
    ),
    (
        *("003:182", "transfer learning", "feature extraction is easier to work with", "true"),
        "there is less to decide",
    ),
    (
        *("003:184", "transfer learning", "fine-tuning is more accurate", "dubious"),
        "given enough data; with few images, feature extraction is safer",
    ),
    (
        *("004:21", "transfer learning", "ImageNet has one million images", "external"),
        "rounded down from a little more",
    ),
    (
        *("004:65", "transfer learning", "the loss layer is the classifier", "dubious"),
        "a loss has no weights to keep; the last dense layer is meant",
    ),
)


def claims() -> Iterator[Finding]:
    """Yield the remarks."""
    for where, topic, statement, verdict, reason in REMARKS:
        yield remark(where, topic, statement, verdict, reason)
