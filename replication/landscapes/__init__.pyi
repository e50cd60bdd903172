from .functions import hessians as hessians
from .functions import values as values
from .functions import values_and_gradients as values_and_gradients
from .gradients import gradient_variance as gradient_variance
from .gradients import variances_at as variances_at
from .geometry import fisher_information as fisher_information
from .geometry import fisher_rank as fisher_rank
