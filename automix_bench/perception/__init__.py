"""Networks that were trained on what listeners said, and what their metrics share."""
