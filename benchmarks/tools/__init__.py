"""How fast the tools of analysts get at what there is: frames and SQL."""
