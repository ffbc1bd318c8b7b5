"""The benchmark behind `manage.py benchmark`: a database of N incidents, and ratios from one interleaved run.

build.py fills the database, rivals.py holds what the product is measured against, others.py what has packages of its
own, measure.py takes the times and report.py writes them down beside the goals of goals.py.
"""
