rule instances:
    """Instances of one split, with their exact minima."""
    output:
        OUTPUT["instances"],
    log:
        LOG["instances"],
    benchmark:
        BENCHMARK["instances"]
    priority: urgency("instances")
    conda:
        "../../envs/environment.yaml"
    params:
        **parameters("instances"),
    shell:
        "python -m replication instances {params.arguments} --threads {threads} 2>&1 | tee {log}"


rule optima:
    """Optima of the instances of one size, or of a share of the training set."""
    input:
        needed("optima"),
    output:
        OUTPUT["optima"],
    log:
        LOG["optima"],
    benchmark:
        BENCHMARK["optima"]
    priority: urgency("optima")
    conda:
        "../../envs/environment.yaml"
    params:
        **parameters("optima"),
    shell:
        "python -m replication optima {params.arguments} --threads {threads} 2>&1 | tee {log}"
