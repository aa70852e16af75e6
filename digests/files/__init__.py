"""Figures for machines: rows of an export, CSV, FOCUS columns, JSON."""
