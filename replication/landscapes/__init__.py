"""What can be measured on a cost landscape, of any cost that is a function of angles.

Every function takes a JAX function `energy(theta)` of angles of shape `(k,)`; the probes of
`replication.probes` call them on the landscapes of a study.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
