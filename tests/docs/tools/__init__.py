"""The notebooks, the script by schedule, and the pages on other tools: all are run."""
