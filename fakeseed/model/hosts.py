"""The vendor's own hosts."""

API_HOST = "api.piapi.ai"
UPLOAD_HOST = "upload.theapi.app"
FILE_HOST = "img.theapi.app"
VENDOR_HOSTS = (API_HOST, UPLOAD_HOST, FILE_HOST)
