"""Ask Anthropic for what is due, and keep the answer. Start with jobs.py: it lists every report and its pace.

    jobs (what, how often) → worker (whose turn) → turn (ask, keep) → reports, hourly_spend, backfill
    → bills (is it believed? what do its days cost?) → outcomes (when again, and what a person must see to)

May touch: the provider, storage. Never Slack.
"""
