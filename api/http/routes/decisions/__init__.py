"""What analysts decide: rulings on reported events, and which publishers count as one."""
