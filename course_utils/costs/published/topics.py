"""Which notebook of the course takes up which topic of the lecture notes."""

TOPICS = {
    "01": (
        "images",
        "deep networks",
        "dense layers",
        "dense against convolution",
        "convolution",
        "receptive field",
        "output size",
        "pooling",
        "activations",
    ),
    "02": ("LeNet-5", "LeNet-5, weights"),
    "03": ("the lab's CNN", "The Fashion-MNIST lab's CNN, sizes", "training"),
    "05": (
        "AlexNet",
        "AlexNet, layer by layer",
        "VGG",
        "VGG-16, memory and weights",
        "AlexNet against VGG-16",
    ),
    "06": (
        "GoogLeNet",
        "GoogLeNet, the stem",
        "GoogLeNet, the classifier",
        "GoogLeNet's stem and head",
        "From 224 to 28 pixels: GoogLeNet against VGG-16",
        "VGG-16, the classifier",
        "Inception module",
        "The naive Inception module",
        "The Inception module with bottlenecks",
        "batch normalisation",
    ),
    "07": ("ResNet", "ResNet, the stem", "ResNets of 18 to 152 layers", "other networks"),
    "08": ("regularisation", "augmentation", "dropout"),
    "09": (
        "transfer learning",
        "What each layer knows: accuracy of classifiers on its features",
    ),
    "12": ("history",),
}
"""Topics by the number of the notebook."""

NOTEBOOKS = {topic: notebook for notebook, topics in TOPICS.items() for topic in topics}
"""The number of the notebook by topic."""
