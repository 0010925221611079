"""Results as the command line prints them: plain objects of codes, figures and, last, words."""
