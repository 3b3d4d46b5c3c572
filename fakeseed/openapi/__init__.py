"""The wire as an OpenAPI 3.1 document, built from the types and tables that answer requests.

Nothing here is needed to serve the vendor's surface: import it when somebody asks for the document.
"""

from fakeseed.openapi.document import as_json, document
from fakeseed.openapi.yaml_writer import as_yaml

__all__ = ["as_json", "as_yaml", "document"]
