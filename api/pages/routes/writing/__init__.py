"""The pages with which analysts post, revise, correct, retract, rule and redact."""
