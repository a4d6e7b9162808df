"""Output formats: documents (PDF, Word), spreadsheets, CSV, charts, and numbers and dates as people write them.

Knows formats and no domain: callers hand in plain, already translated values and get bytes or text back.
"""
