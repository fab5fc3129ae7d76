"""What tests share: sounds, sources, stand-ins and processes to kill."""
