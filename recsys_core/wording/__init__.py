"""Codes and values become sentences here, and nowhere else: one catalogue a language, and how figures are written."""
