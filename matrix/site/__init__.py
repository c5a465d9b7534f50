"""What is published: the files by format, and the page: the report's blocks as HTML, without script or request."""
