rule study:
    """The effective study, every default filled in, beside its results."""
    output:
        f"{RESULTS}/study.yaml",
    log:
        f"{RESULTS}/logs/study.log",
    localrule: True
    conda:
        "../../envs/environment.yaml"
    params:
        name=NAME,
        settings=digest(STUDY),
    shell:
        "python -m replication study '{params.name}' > {output} 2> {log}"
