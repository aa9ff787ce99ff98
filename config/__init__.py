"""What a programme is and how Touchstone is set up: models, settings, calendar."""
