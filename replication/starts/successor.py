"""The network of the successor experiment: natural units, several classes."""

from replication.starts import lstm

LABEL = "RNN in natural units"
USES = "the training set"

start = lstm.start
