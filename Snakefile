# Which step needs which file; the science is in replication/, the pictures in figures/.
#
#   snakemake --cores 8                        the paper study
#   snakemake --cores 8 --config study=smoke   another one: a name, or the path of a YAML file
#   snakemake --report results/smoke/report.zip --config study=smoke   after it was built; or .html
#
# Results go to results/<study>/; its index.html shows all of them.


include: "replication/rules/common.smk"


rule all:
    default_target: True
    input:
        DRAWINGS,
        f"{RESULTS}/study.yaml",
        f"{RESULTS}/index.html",


onstart:
    # A cluster is told how many jobs may run at a time instead of cores.
    at_once = workflow.resource_settings.cores or workflow.resource_settings.nodes or 1
    needs = {one.name: one.needs for one in EXHIBITS}
    print(expected(STUDY, needs, at_once, RESULTS).table(), file=sys.stderr, flush=True)
    Watch(
        STUDY,
        RESULTS,
        at_once,
        left=lambda: workflow.dag.needrun_jobs(),
        running=lambda: workflow.scheduler.running,
    ).start()


include: "replication/rules/steps.smk"
include: "replication/rules/figures.smk"
include: "replication/rules/report.smk"
