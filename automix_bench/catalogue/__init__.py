"""What plug-ins there are, and cards of them."""
