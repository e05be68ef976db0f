"""What the forms of the pages send: read within bounds, held against forgery, and given back filled in."""
