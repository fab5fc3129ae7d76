"""A browser for pages of the docs, from disk."""

import pytest

SCREENS = {"light": {"width": 1280, "height": 900}, "dark": {"width": 390, "height": 844}}


@pytest.fixture
def page(browser, request):
    """A page that must log no error and fetch nothing from elsewhere; wide and light, or a phone's
    and dark."""
    scheme = getattr(request, "param", "light")
    context = browser.new_context(color_scheme=scheme, viewport=SCREENS[scheme])
    opened, faults = context.new_page(), []
    opened.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on(
        "request", lambda r: None if r.url.startswith(("file:", "data:")) else faults.append(r.url)
    )
    yield opened
    context.close()
    assert faults == []
