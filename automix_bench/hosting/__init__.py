"""Effects by other makers: those of pedalboard, and plug-ins in the formats VST3 and LV2."""
