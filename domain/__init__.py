"""Facts: articles, actors, their commands and domain events. Pure: no SQL, no HTTP, no clock of its own."""
