"""Other makers' effects: pedalboard's own, and plug-ins in the formats VST3 and LV2."""
