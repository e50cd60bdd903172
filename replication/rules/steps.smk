# One rule a step, named like it: `python -m replication --help` says what each of them does.
for step, path in jobs.STEPS.items():

    rule:
        name:
            step
        input:
            lambda wildcards, step=step: job(wildcards, step).inputs,
        output:
            f"{RESULTS}/{path}",
        log:
            f"{RESULTS}/logs/{Path(path).with_suffix('.log')}",
        benchmark:
            f"{RESULTS}/benchmarks/{Path(path).with_suffix('.tsv')}"
        priority: jobs.declared(step).PRIORITY
        conda:
            "../../envs/environment.yaml"
        threads: 1
        params:
            command=f"{step} {ARGUMENTS}",
            names=lambda wildcards: shlex.join(f"--{key}={one}" for key, one in wildcards.items()),
            # What makes the job run again.
            settings=lambda wildcards, step=step: job(wildcards, step).settings,
            code=lambda wildcards, step=step: job(wildcards, step).code,
        shell:
            "python -m replication {params.command} {params.names} --threads {threads} "
            "2>&1 | tee {log:q}"


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
        settings=SHOWN,
    shell:
        "python -m replication study {params.name:q} > {output:q} 2> {log:q}"
