"""What a ConvNet has learned to see: every method a short function from arrays to arrays.

A layer is named as :func:`layer_shapes` lists it, also if it is inside a model inside the model.
"""

from course_utils.interpret.attribution import (
    grad_cam,
    guided_backpropagation,
    integrated_gradients,
    occlusion,
    saliency,
    scores,
)
from course_utils.interpret.graph import layer_shapes
from course_utils.interpret.patches import Patches, strongest_patches
from course_utils.interpret.sanity import randomised
