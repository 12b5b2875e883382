"""The Streamlit pages: Explore, Your digit, Train."""
