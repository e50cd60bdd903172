# One rule a figure or table: the report wants the path of a caption without wildcards.
for exhibit in EXHIBITS:
    shown, *others = ENDINGS[exhibit.kind]

    rule:
        name:
            f"{exhibit.kind.removesuffix('s')}_{exhibit.stem}"
        input:
            drawn_from(exhibit),
            script=exhibit.source.as_posix(),
            caption=exhibit.source.with_suffix(".rst").as_posix(),
        output:
            report(
                f"{RESULTS}/{exhibit.name}{shown}",
                caption=Path(f"{RESULTS}/{exhibit.name}.rst").absolute().as_posix(),
                category=exhibit.kind.capitalize(),
            ),
            multiext(f"{RESULTS}/{exhibit.name}", *others),
        log:
            f"{RESULTS}/logs/{exhibit.name}.log",
        benchmark:
            f"{RESULTS}/benchmarks/{exhibit.name}.tsv"
        priority: PRIORITY
        conda:
            "../../envs/environment.yaml"
        params:
            exhibit=exhibit.script,
            study=ARGUMENTS,
            only=f"--experiment={shlex.quote(exhibit.experiment)}" if exhibit.experiment else "",
            # What makes the job run again.
            settings=SHOWN,
            code=lambda wildcards, script=exhibit.script: jobs.code_digest(
                f"figures.{script}", "figures.script", *CLASSES
            ),
        shell:
            "python -m figures draw {params.exhibit} {params.study} {params.only} 2>&1 | tee {log:q}"
