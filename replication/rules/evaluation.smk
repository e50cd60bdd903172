rule traces:
    """One start and then the local optimiser, on every test instance of one size."""
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
    """The best optimum that anybody found, for every test instance of one size."""
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
    """Errors, queries to target, intervals and tests of one size."""
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
