"""Answers in plain English: a change of tension in a sentence, a relation in a paragraph."""
