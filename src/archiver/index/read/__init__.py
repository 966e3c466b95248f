"""What other rooms read from the index: stories, histories, places of records, rows for exports."""
