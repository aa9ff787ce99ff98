"""What asks for a follow-up: what went wrong, what may go wrong elsewhere, what customers praise, and what worked."""
