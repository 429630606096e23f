# The dashboard alone: it reads the store and holds no model, so there is no torch in it.
FROM python:3.12-slim

WORKDIR /app
COPY pyproject.toml requirements.txt README.md LICENSE ./
COPY ingest ingest
COPY graphdb graphdb
COPY dashboard dashboard
RUN pip install --no-cache-dir --constraint requirements.txt --editable . && useradd --create-home reader

USER reader
EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://localhost:8501/_stcore/health')"]
# A container's loopback is its own: listen on its address, which docker-compose.yml publishes on this machine only.
CMD ["streamlit", "run", "dashboard/app.py", "--server.address=0.0.0.0", "--server.port=8501", \
     "--server.headless=true", "--browser.serverAddress=localhost", "--browser.gatherUsageStats=false"]
