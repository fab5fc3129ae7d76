"""What strangers wrote: read within bounds, checked field by field, shown as text."""
