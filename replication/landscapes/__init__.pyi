from .functions import hessians as hessians
from .functions import values as values
from .functions import values_and_gradients as values_and_gradients
from .gradients import gradient_variance as gradient_variance
from .gradients import variances_at as variances_at
from .one_layer import one_layer_cost as one_layer_cost
from .trainings import train as train
