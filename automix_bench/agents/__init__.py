"""Programs that cannot hear: what they are told of a brief, and the console that they answer."""
