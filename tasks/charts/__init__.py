"""Control charts: subgroups, limits, the rules of NHS Making Data Count, and what its icons say."""
