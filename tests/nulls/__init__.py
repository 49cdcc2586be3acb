"""The null of each claim: the same measurement in a world in which it must come out false, one module per notebook."""

NULLS = {}


def null(text):
    """Register a function that measures what the claim `text` measures, in the world that its `fails_when` names."""

    def register(measure):
        if text in NULLS:
            raise ValueError(f"the claim {text!r} must have one null (got two)")
        NULLS[text] = measure
        return measure

    return register
