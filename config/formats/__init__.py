"""How days and moments are written into the pages of the desk: the same in every language, the year first.

06/03/2025 is June to one reader and March to another, so that it is refused rather than guessed.
"""
