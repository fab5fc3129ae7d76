"""Features and distances exactly as published code computes them."""
