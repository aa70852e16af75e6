"""Slack's messages in a terminal: the command line prints what Slack would show.

Not with rich: it adds 26 ms to `cost today` (median of 60 pairs of processes, rich 15), where a library may
take 20, and replaces widths, wrapping and tables, 150 lines of 690; markup, dates, forms and bars stay ours.
"""
