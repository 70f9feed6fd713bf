"""Things to play with in JupyterLab, and a picture in their place wherever they cannot run.

Each function shows a picture of the course with its alternative text, as ``show`` does, and behind
it a widget that answers mouse and keyboard. A page that runs the widget hides the picture; GitHub,
slides, the website and saved notebooks have the picture alone. The numbers come from here; the
scripts beside this file only draw, and load nothing.
"""

from course_utils.lazy import on_first_use

_FILES = {"pieces": ("cone", "cover", "kernel", "pad", "scaling", "window")}
__getattr__, __dir__, __all__ = on_first_use(__name__, _FILES)
