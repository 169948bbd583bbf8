"""Where statements stand, what names mean there, and what one step of a repair hands over."""
