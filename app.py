"""What `streamlit run` starts: imported, the server behind its guards; run as a page, home."""

import streamlit as st

if __name__ == "__main__":
    from dashboard.drawing.boundary import boundary
    from dashboard.home import show_home

    with boundary():
        show_home()
else:
    from dashboard.guard import guards

    app = st.App(__file__, middleware=guards())
