"""Charts as SVG and tables as HTML, of values that are given: nothing here knows what they mean.

Text is escaped. `styles/` has the style sheets.
"""
