"""A system card that is filled in."""

from automix_bench.submissions.record import TEMPLATE

FILLED = (
    TEMPLATE.replace('name = ""', 'name = "my model"')
    .replace("authors = []", 'authors = ["Ann Other"]')
    .replace('code = ""', 'code = "https://example.org/my-model"')
)
