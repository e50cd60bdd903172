from .ansatze.hubbard import hubbard_ansatz as hubbard_ansatz
from .ansatze.qaoa import qaoa as qaoa
from .errors import UserError as UserError
from .metalearner.artefact import MetaOptimizer as MetaOptimizer
from .metalearner.artefact import load_meta_optimizer as load_meta_optimizer
from .metalearner.artefact import networks as networks
from .metalearner.artefact import open_session as open_session
from .own_training import train as train
from .problems.graph_files import read_graph as read_graph
from .problems.hubbard import hubbard as hubbard
from .problems.hubbard_own import hubbard_on as hubbard_on
from .problems.maxcut import maxcut as maxcut
from .problems.sk import sk as sk
from .problems.terms import ising as ising
from .problems.terms import qubo as qubo
from .recommendation import recommend as recommend
from .study import Study as Study
from .study import load_study as load_study
from .without_network import initial_angles as initial_angles

__version__: str
__all__: list[str]
