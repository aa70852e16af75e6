"""The grammar: a typed text as a command with its period, dimensions and filters, or why it is none.

    parse.read │ tokens.tokenize │ candidates: at_each_place, cheapest │ compose.compose

Pure: it asks nobody for the time, and knows names only from the catalog that it is handed.
"""
