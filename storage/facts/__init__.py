"""Provider reports, replaced window by window, and the rollups computed from them."""
