CLASS_NAMES = ()


def load():
    raise NotImplementedError
