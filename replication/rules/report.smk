# The page that shows a whole study, beside what `snakemake --report` collects by itself.
rule gallery:
    """Every figure and table on one page, with captions, settings, versions and data."""
    input:
        DRAWINGS,
        f"{RESULTS}/study.yaml",
        peers=multiext(f"{workflow.basedir}/bench/peers/peers", ".md", ".png"),
        script=f"{workflow.basedir}/figures/gallery.py",
        template=f"{workflow.basedir}/figures/gallery.html",
        style=f"{workflow.basedir}/figures/gallery.css",
    output:
        f"{RESULTS}/index.html",
        f"{RESULTS}/peers.png",
    log:
        f"{RESULTS}/logs/gallery.log",
    conda:
        "../../envs/environment.yaml"
    params:
        study=ARGUMENTS,
        settings=SHOWN,
        code=lambda wildcards: jobs.code_digest("figures.gallery", *CLASSES),
    shell:
        "python -m figures.gallery {params.study} 2>&1 | tee {log:q}"
