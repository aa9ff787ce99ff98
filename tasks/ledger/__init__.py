"""The ledger: an append-only, hash-chained record of what every cycle read, decided and sent."""
