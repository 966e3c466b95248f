"""What the captures of a site teach: mirror hosts and boilerplate, and what people decided about them."""
