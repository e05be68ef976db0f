"""What the codes of event data mean: a module of facts for each dictionary, and what reads codes by them."""
