"""One module per thing people do in Slack. Each listener acknowledges at once; the work follows in a thread.

`Context` (context.py) is what each of them is handed.
"""
