"""The commands of `detente`, each as a function that `api.cli` puts under its name."""
