# One rule a figure or table: the report wants the path of a caption without wildcards.
for place, drawing in DRAWN.items():
    kind = Path(place).parent.name
    shown, *others = ENDINGS[kind]

    rule:
        name:
            f"{kind.removesuffix('s')}_{drawing.stem}"
        input:
            drawn_from(drawing),
            script=f"{workflow.basedir}/figures/{drawing.script}.py",
            caption=f"{workflow.basedir}/figures/{drawing.script}.rst",
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
        priority: PRIORITY[kind]
        conda:
            "../../envs/environment.yaml"
        params:
            **drawing_parameters(drawing),
        shell:
            "python {input.script:q} {params.arguments} 2>&1 | tee {log:q}"
