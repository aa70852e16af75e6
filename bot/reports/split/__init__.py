"""The cost of a part of an organization, and by several dimensions: filters, pairs, weeks and months."""
