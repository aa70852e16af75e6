"""The verbs of `stackspend`: operate (run, worker …), keys, sync, and read (cost, digest, export …).

What a verb prints that Slack never shows stands beside it; every answer comes from digests.
"""
