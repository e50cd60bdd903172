"""What is minimised: ensembles of instances, their normaliser and their exact minimum."""
