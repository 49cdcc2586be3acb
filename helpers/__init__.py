"""What the notebooks of the ML-in-production workbook stand on: one module per topic, and the course machinery."""
