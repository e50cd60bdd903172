"""The recurrent network that proposes angles, its roll-out, its losses and its training."""
