"""Tables, views and full-text tables: how they are declared, made, migrated and described."""
