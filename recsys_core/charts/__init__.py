"""Figures and blocks of HTML made from results: the page and the report show the same ones."""
