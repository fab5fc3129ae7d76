"""What people reported of programs like this one, each kind of report as a test."""
