"""A Dask cluster on this machine, in a process that ends with its standard input: `python -m tests.bootstrap.dask_cluster WORKERS`."""

import importlib
import sys

if __name__ == "__main__":
    importlib.import_module("dask.config").set({"distributed.scheduler.allowed-failures": 0})
    distributed = importlib.import_module("distributed")
    with distributed.LocalCluster(
        n_workers=int(sys.argv[1]),
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        silence_logs=50,
    ) as cluster:
        sys.stdout.write(f"{cluster.scheduler_address}\n")
        sys.stdout.flush()
        sys.stdin.read()
