"""The mark: three survival curves stepping down."""

from base64 import b64encode

LOGO_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24" fill="none">'
    '<path d="M2.5 13.5v4h5v3h6.5v2h4" stroke="#85898D" stroke-width="2.2" stroke-dasharray="1.6 1.9"/>'
    '<path d="M2.5 7.5v4.6h5v4h6v3h8" stroke="#D98A14" stroke-width="2.4" stroke-dasharray="4 1.7"/>'
    '<path d="M1.5 2.5h4v4.2h5v4h6v3.6h6" stroke="#3B74E6" stroke-width="2.6"/>'
    "</svg>"
)
LOGO_URI = "data:image/svg+xml;base64," + b64encode(LOGO_SVG.encode()).decode()


def logo_html(size: int = 24) -> str:
    """Return the mark as an image of `size` px; decorative, so it has no words."""
    return f'<img class="sp-logo" src="{LOGO_URI}" width="{size}" height="{size}" alt="">'
