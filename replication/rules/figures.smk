# One rule a figure or table: the report wants the path of a caption without wildcards.
for place, drawing in DRAWN.items():
    kind = Path(place).parent.name
    shown, *others = ENDINGS[kind]
    script = f"{workflow.basedir}/figures/{drawing.script}.py"

    rule:
        name:
            f"{kind.removesuffix('s')}_{drawing.stem}"
        input:
            drawn_from(drawing),
            script=script,
            caption=Path(script).with_suffix(".rst"),
        output:
            report(
                f"{RESULTS}/{place}{shown}",
                caption=Path(f"{RESULTS}/{place}.rst").absolute().as_posix(),
                category=kind.capitalize(),
            ),
            multiext(f"{RESULTS}/{place}", *others),
        log:
            f"{RESULTS}/logs/{place}.log",
        benchmark:
            f"{RESULTS}/benchmarks/{place}.tsv"
        priority: PRIORITY
        conda:
            "../../envs/environment.yaml"
        params:
            study=ARGUMENTS,
            only=f"--experiment={shlex.quote(drawing.experiment)}" if drawing.experiment else "",
            # What makes the job run again.
            settings=digest(STUDY),
            code=lambda wildcards, script=script: jobs.code_digest(script, *CLASSES),
        shell:
            "python {input.script:q} {params.study} {params.only} 2>&1 | tee {log:q}"
