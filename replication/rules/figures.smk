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
        priority: PRIORITY[exhibit.kind]
        conda:
            "../../envs/environment.yaml"
        params:
            **exhibit_parameters(exhibit),
        shell:
            "python -m figures draw {params.arguments} 2>&1 | tee {log:q}"
