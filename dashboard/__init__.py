"""The Streamlit dashboard over a store of knowledge circuits."""
