// Excerpts of search results are fetched page by page, which browsers forbid on pages from disk.
if (location.protocol === "file:") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}

// What the theme leaves out for those who use a screen reader, or the keyboard alone.
addEventListener("DOMContentLoaded", () => {
  for (const caption of document.querySelectorAll('.caption[role="heading"]')) {
    caption.setAttribute("aria-level", "2");
  }
  const scrolling = ".highlight pre, .table-wrapper, .cell_output .output, .scores";
  for (const box of document.querySelectorAll(scrolling)) {
    box.tabIndex = 0;
  }
});
