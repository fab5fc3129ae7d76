"""Charts as SVG and tables as HTML: of numbers that are given, and of means over songs with their
intervals.

Text is escaped. `styles/` has the style sheets.
"""
