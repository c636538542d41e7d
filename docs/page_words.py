"""page_words: which texts of the product page a picture of it shows."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from playwright.sync_api import Page

IN_VIEW = """elements => elements
    .filter(element => {
        const box = element.getBoundingClientRect();
        return element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
            && box.width > 0 && box.height > 0
            && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    })
    .map(element => [element.dataset.text, element.textContent])"""


def words_in_view(page: Page) -> dict[str, str]:
    """Texts by their names (`data-text`): those that are at least partly within the viewport.

    What is outside of it may change without a new picture.
    """
    found: list[list[str]] = page.locator("[data-text]").evaluate_all(IN_VIEW)
    return dict(found)
