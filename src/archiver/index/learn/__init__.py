"""Learns from the captures of a site (mirror hosts, boilerplate), and applies people's decisions about it."""
