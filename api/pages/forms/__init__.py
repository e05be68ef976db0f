"""What the forms of the pages send, held against forgery, what that would change, and how it is recorded."""
