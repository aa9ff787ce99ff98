"""What first: open follow-ups ranked by customers x effect / effort, and the choice that serves most within each department's capacity."""
