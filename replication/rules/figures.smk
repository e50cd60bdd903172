# One rule a figure or table: the report wants the path of a caption without wildcards.
# Each is drawn as soon as what it shows is there, before any other job.
for drawing in jobs.figures(STUDY):

    rule:
        name:
            f"figure_{drawing.stem}"
        input:
            drawn_from(drawing),
            script=f"{workflow.basedir}/figures/{drawing.script}.py",
            caption=f"{workflow.basedir}/figures/{drawing.script}.rst",
        output:
            report(
                f"{RESULTS}/figures/{drawing.stem}.svg",
                caption=Path(f"{RESULTS}/figures/{drawing.stem}.rst").absolute().as_posix(),
                category="Figures",
            ),
            multiext(f"{RESULTS}/figures/{drawing.stem}", ".pdf", ".png", ".rst"),
        log:
            f"{RESULTS}/logs/figures/{drawing.stem}.log",
        benchmark:
            f"{RESULTS}/benchmarks/figures/{drawing.stem}.tsv"
        priority: jobs.DRAWN_AT_ONCE
        conda:
            "../../envs/environment.yaml"
        params:
            **drawing_parameters(drawing),
        shell:
            "python {input.script} {params.arguments} 2>&1 | tee {log}"


for drawing in jobs.tables(STUDY):

    rule:
        name:
            f"table_{drawing.stem}"
        input:
            drawn_from(drawing),
            script=f"{workflow.basedir}/figures/{drawing.script}.py",
            caption=f"{workflow.basedir}/figures/{drawing.script}.rst",
        output:
            report(
                f"{RESULTS}/tables/{drawing.stem}.csv",
                caption=Path(f"{RESULTS}/tables/{drawing.stem}.rst").absolute().as_posix(),
                category="Tables",
            ),
            multiext(f"{RESULTS}/tables/{drawing.stem}", ".md", ".rst", ".tex"),
        log:
            f"{RESULTS}/logs/tables/{drawing.stem}.log",
        benchmark:
            f"{RESULTS}/benchmarks/tables/{drawing.stem}.tsv"
        priority: jobs.DRAWN_AT_ONCE
        conda:
            "../../envs/environment.yaml"
        params:
            **drawing_parameters(drawing),
        shell:
            "python {input.script} {params.arguments} 2>&1 | tee {log}"
