// Excerpts of search results are fetched page by page, which browsers forbid on pages from disk.
if (location.protocol === "file:") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}
