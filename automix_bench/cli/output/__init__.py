"""Print results: tables for people, JSON for scripts. One file per kind of result."""
