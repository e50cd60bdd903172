"""A probe as a study measures it: circuits drawn, compiled, differentiated and averaged."""

from replication.probes.gradients import Gradients


class GradientVariance:
    """Variances over 100 random circuits of 64 layers, the first call with its compilation."""

    number = 1
    params = ["4", "8"]
    param_names = ["n"]

    def setup(self, n):
        subject = {"kind": "mcclean"}
        self.probe = Gradients(subject=subject, sizes=[n], depths=[64], instances=100, points=1)

    def time_measure(self, n):
        self.probe.measure(0)
