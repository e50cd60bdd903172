from .functions import hessians as hessians
from .functions import values as values
from .functions import values_and_gradients as values_and_gradients
