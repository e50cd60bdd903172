rule traces:
    """Some starts, each and then the local optimiser, on every instance of one test sample."""
    input:
        needed("traces"),
    output:
        OUTPUT["traces"],
    log:
        LOG["traces"],
    benchmark:
        BENCHMARK["traces"]
    priority: urgency("traces")
    conda:
        "../../envs/environment.yaml"
    params:
        **parameters("traces"),
    shell:
        "python -m replication traces {params.arguments} --threads {threads} 2>&1 | tee {log}"


rule reference:
    """The best optimum that anybody found, for every instance of one test sample."""
    input:
        needed("reference"),
    output:
        OUTPUT["reference"],
    log:
        LOG["reference"],
    benchmark:
        BENCHMARK["reference"]
    priority: urgency("reference")
    conda:
        "../../envs/environment.yaml"
    params:
        **parameters("reference"),
    shell:
        "python -m replication reference {params.arguments} --threads {threads} 2>&1 | tee {log}"


rule statistics:
    """Errors, queries to target and intervals of one sample under one protocol."""
    input:
        needed("statistics"),
    output:
        OUTPUT["statistics"],
    log:
        LOG["statistics"],
    benchmark:
        BENCHMARK["statistics"]
    priority: urgency("statistics")
    conda:
        "../../envs/environment.yaml"
    params:
        **parameters("statistics"),
    shell:
        "python -m replication statistics {params.arguments} --threads {threads} 2>&1 | tee {log}"


rule shots:
    """Shots that a cost query takes, from the law of the instances."""
    input:
        needed("shots"),
    output:
        OUTPUT["shots"],
    log:
        LOG["shots"],
    benchmark:
        BENCHMARK["shots"]
    conda:
        "../../envs/environment.yaml"
    params:
        **parameters("shots"),
    shell:
        "python -m replication shots {params.arguments} --threads {threads} 2>&1 | tee {log}"


rule claims:
    """The paper's claims, judged by the thresholds of the study."""
    input:
        needed("claims"),
    output:
        OUTPUT["claims"],
    log:
        LOG["claims"],
    benchmark:
        BENCHMARK["claims"]
    conda:
        "../../envs/environment.yaml"
    params:
        **parameters("claims"),
    shell:
        "python -m replication claims {params.arguments} --threads {threads} 2>&1 | tee {log}"
