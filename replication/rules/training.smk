rule constants:
    """The best single angle vector on the training set."""
    input:
        needed("constants"),
    output:
        OUTPUT["constants"],
    log:
        LOG["constants"],
    benchmark:
        BENCHMARK["constants"]
    priority: urgency("constants")
    conda:
        "../../envs/environment.yaml"
    params:
        **parameters("constants"),
    shell:
        "python -m replication constants {params.arguments} --threads {threads} 2>&1 | tee {log}"


rule train:
    """All seeds of one learner; goes on from the checkpoint that a killed job left."""
    input:
        needed("train"),
    output:
        OUTPUT["train"],
    log:
        LOG["train"],
    benchmark:
        BENCHMARK["train"]
    priority: urgency("train")
    conda:
        "../../envs/environment.yaml"
    threads: 1
    params:
        **parameters("train"),
    shell:
        "python -m replication train {params.arguments} --threads {threads} 2>&1 | tee {log}"


rule select:
    """The network to use, by validation loss, as the file that practitioners load."""
    input:
        needed("select"),
    output:
        OUTPUT["select"],
    log:
        LOG["select"],
    benchmark:
        BENCHMARK["select"]
    priority: urgency("select")
    conda:
        "../../envs/environment.yaml"
    params:
        **parameters("select"),
    shell:
        "python -m replication select {params.arguments} --threads {threads} 2>&1 | tee {log}"
