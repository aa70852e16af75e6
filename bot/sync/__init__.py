"""Fetch due reports from the provider and store them. Start with jobs.py, which lists every report.

    jobs (what, how often) → worker (which connection) → turn (fetch, store) → reports, hourly_spend, backfill
    → bills (accept the bill? what did its days cost?) → outcomes (when next, which incident)

May import the provider and storage, never Slack.
"""
