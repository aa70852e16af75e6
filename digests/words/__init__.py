"""Numbers, dates and names as people read them, and sentences without numbers. Only here is money rounded."""
