"""Driving a browser: for the tests of the page and the pictures of the README."""
