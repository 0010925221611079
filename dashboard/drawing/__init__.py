"""How what pages show looks: answers, texts, tables and charts, and the line under a block."""
