"""The verbs of `stackspend`: operate (run, worker …), keys, sync, and read (cost, digest, export …)."""
