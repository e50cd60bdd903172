"""What a job costs before its science begins: imports, the study, the plan of the workflow."""

import subprocess
import sys

from replication import workflow
from replication.kinds.meta_learning_jobs import all_statistics
from replication.study import load_study


class Import:
    """A fresh interpreter and one module."""

    number = 1
    repeat = (1, 5, 20.0)
    params = ["replication", "replication.study", "replication.steps.traces.run"]
    param_names = ["module"]

    def time_import(self, module):
        subprocess.run([sys.executable, "-c", f"import {module}"], check=True)

    def peakmem_import(self, module):
        # asv reads the peak of this process, so the module is imported here.
        __import__(module)


class Studies:
    """Reading a study, and the digests of all its jobs."""

    params = ["smoke", "paper", "extended"]
    param_names = ["study"]

    def time_load(self, study):
        load_study(study)

    def time_digests(self, study):
        content = load_study(study)
        for step, names in all_statistics(content):
            workflow.settings_digest(step, content, names)

    time_digests.number = 1
