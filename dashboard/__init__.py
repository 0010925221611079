"""What the pages share; beside the pages, the only room that imports streamlit."""
