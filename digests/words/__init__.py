"""Numbers, dates and names as people read them. Only here is money rounded."""
