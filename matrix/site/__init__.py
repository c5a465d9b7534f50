"""What is published: the files by format, and the page.

files       one entry a format, and the pictures
html        the report's blocks as HTML
data        what the page's script works on
source/     the script, in TypeScript; `nox -s page` makes page.js of it
"""
