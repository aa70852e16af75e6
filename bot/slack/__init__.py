"""Slack's API as we use it: calls whose errors are named by their remedy, people, user groups, files, forms.

It knows nothing about costs.
"""
