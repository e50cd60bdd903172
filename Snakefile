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


include: "replication/rules/steps.smk"
include: "replication/rules/figures.smk"
include: "replication/rules/report.smk"
