"""The countries of the world as shapes: from the files of world-atlas, which are TopoJSON."""
